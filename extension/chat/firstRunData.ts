import type { ModelEntry, UnfinishedDownload } from '../../sidecar/protocol/models.ts';
import { listed } from '../../sidecar/protocol/translate.ts';
import type { FirstRun, PanelDownload } from '../../webview/protocol.ts';

/** Choices that are shown: more would be a catalog. */
const mostChoices = 3;

/**
 * What a person who has set up nothing is offered: the model that is recommended for this computer, the next that runs
 * well, and the starter. Null where a model or a server is there to answer. `machine` is the short text of
 * `devstral/machine/describe`. Pure.
 */
export function firstRunOf(models: readonly ModelEntry[], machine: string, starterId: string): FirstRun | null {
  const inUse = models.find(({ group }) => group === 'inUse');
  if (inUse && isThere(inUse)) return null;
  const fits = models.filter((model) => model.bytes > 0 && !model.licence && isSensible(model));
  const starter = fits.filter(({ id }) => id === starterId);
  const others = fits.filter(({ id }) => id !== starterId);
  const recommended = others.filter((model) => model.recommended);
  const rest = others.filter((model) => !model.recommended);
  const chosen = [...recommended, ...rest].slice(0, mostChoices - starter.length);
  const offered = [...chosen, ...starter];
  return {
    machine,
    choices: offered.map((model) => ({
      id: model.id,
      title: model.label,
      detail: detailOf(model),
      recommended: recommended.length > 0 ? model.recommended : model.id === starterId,
      bytes: model.bytes,
    })),
  };
}

/** A file, here or another program's, or a server. */
const isThere = ({ path, foundAt, server, download }: ModelEntry) =>
  server !== undefined || foundAt !== undefined || (path !== undefined && !download);

/** Of the catalog, and quick enough to be a first impression. */
const isSensible = ({ group, id, fit, completesOnly, server, foundAt }: ModelEntry) =>
  group !== 'doesNotFit' &&
  server === undefined &&
  foundAt === undefined &&
  !/[\\/:]/.test(id) &&
  fit !== 'partly' &&
  completesOnly !== true;

/** "Q4_K_M, 14.3 GB, fits on the GPU". */
const detailOf = ({ description, runs = '' }: ModelEntry): string => listed([description, runs]);

export const panelDownloads = (downloads: readonly UnfinishedDownload[] = []): PanelDownload[] =>
  downloads.map(({ id, name, received, total, bytesPerSecond, runs }) => ({
    id,
    name,
    received,
    total,
    bytesPerSecond,
    runs: runs !== 'no',
  }));
