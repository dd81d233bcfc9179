import { type CatalogModel, catalog } from '../models/catalog/catalog.ts';
import { findModels, machineCacheFolders } from '../models/catalog/foundFiles.ts';
import { begunDownloads, installedModels } from '../models/catalog/installedModels.ts';
import { sizeText } from '../models/sizeText.ts';
import { contextSize } from '../protocol/numbers.ts';

/** One line of `devstral models list`. */
export interface ModelRow {
  /** What `--model` and `models pull` take. */
  id: string;
  title: string;
  /** File on this disk, or the repository that has it. */
  file: string;
  quantisation: string;
  /** Bytes; 0 where the publisher's listing has to be asked. */
  bytes: number;
  state: 'ready' | 'begun' | 'found' | 'can be downloaded';
  /** Whose cache it was found in. */
  source?: 'huggingface' | 'lmstudio' | 'ollama';
  /** What its makers say, where it is a model of the catalog. */
  known?: Pick<CatalogModel, 'context' | 'vision' | 'format' | 'sampling'> & { licence: string };
}

/** What is installed, begun, in other programs' caches and, once for each model, what can be downloaded. */
export async function modelRows(folder: string): Promise<ModelRow[]> {
  const named = (id: string) => {
    const model = catalog.find((each) => each.id === id);
    return { title: model?.title ?? '', ...(model ? { known: knownOf(model) } : {}) };
  };
  const installed = await installedModels(folder);
  const begun = await begunDownloads(folder);
  const found = await findModels(await machineCacheFolders());
  const rows: ModelRow[] = [
    ...installed.map(({ id, path, size, quantisation }) => {
      return { id, ...named(id), file: path, quantisation, bytes: size, state: 'ready' as const };
    }),
    ...begun.map(({ id, path, received }) => {
      return { id, ...named(id), file: path, quantisation: '', bytes: received, state: 'begun' as const };
    }),
    ...found.map(({ source, name, path, size, quantisation }) => {
      return { id: path, title: name, file: path, quantisation, bytes: size, state: 'found' as const, source };
    }),
  ];
  const there = new Set(installed.map(({ id }) => id));
  for (const model of catalog) {
    const { id, title, repo, files } = model;
    if (there.has(id)) continue;
    const { quantisation = '', size = 0 } = files[0] ?? {};
    const state = 'can be downloaded';
    rows.push({ id, title, file: repo, quantisation, bytes: size, state, known: knownOf(model) });
  }
  return rows;
}

function knownOf({ context, vision, format, sampling, licence }: CatalogModel): NonNullable<ModelRow['known']> {
  return { context, vision, format, sampling, licence: licence.name };
}

/** The engine has no part for images. */
const seesThere = 'sees images through a server only';
const sources = { huggingface: 'Hugging Face', lmstudio: 'LM Studio', ollama: 'Ollama' };

/** Columns apart by tabs. */
export function rowText({ id, title, quantisation, bytes, state, source, known }: ModelRow): string {
  const size = bytes > 0 ? sizeText(bytes) : 'size not known yet';
  const where = source ? `found in ${sources[source]}` : state;
  const makers = known
    ? [`${contextSize(known.context, 'en')} context`, known.licence, known.vision ? seesThere : '']
    : [];
  return [id, title, quantisation, size, where, ...makers].join('\t').trimEnd();
}
