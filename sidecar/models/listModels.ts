import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Machine } from '../hardware/machine.ts';
import type { ModelEntry, SidecarSettings, UnfinishedDownload } from '../protocol/models.ts';
import { contextSize, rate as rateText } from '../protocol/numbers.ts';
import { displayLanguage, listed, t } from '../protocol/translate.ts';
import { isLicenceAccepted } from './catalog/acceptedLicences.ts';
import { type CatalogModel, catalog } from './catalog/catalog.ts';
import { findModels, machineCacheFolders } from './catalog/foundFiles.ts';
import { quantisationOf } from './catalog/ggufNames.ts';
import { installedModels } from './catalog/installedModels.ts';
import { parseModelReference } from './catalog/modelReference.ts';
import { expectedRate, fitOf, recommend } from './catalog/recommend.ts';
import { hubAddress } from './download/hubRequest.ts';
import { isMeant } from './download/provideModel.ts';
import { choiceOf } from './modelChoice.ts';
import { uncheckedText } from './plan/choiceText.ts';
import { sizeText } from './sizeText.ts';

const programs = { huggingface: 'Hugging Face', lmstudio: 'LM Studio', ollama: 'Ollama' };

interface Folders {
  models: string;
  data: string;
}

/** Everything that can be switched to: what is in use, what lies on this computer, what can be fetched, the servers. */
export async function listModels(
  settings: SidecarSettings,
  folders: Folders,
  machine: Machine,
  downloads: readonly UnfinishedDownload[],
): Promise<ModelEntry[]> {
  const choice = choiceOf(settings);
  const measured = await readCalibrations(folders.data);
  const bandwidth = measuredBandwidth(measured);
  const recommended = recommend(catalog, machine, bandwidth);
  const how = (size: number, path = '') => {
    const rate = measured[path]?.decode;
    const measuredRate = rate === undefined ? '' : t('{rate} measured here', { rate: spoken(rate) });
    return listed([howText(size, machine, rate === undefined ? bandwidth : null), measuredRate]);
  };
  const [installed, found] = await Promise.all([
    installedModels(folders.models),
    machineCacheFolders().then(findModels),
  ]);
  const reference = parseModelReference(choice.name, { cwd: process.cwd(), hub: hubAddress() });
  /** Whether a file here is the one in use, by whatever it is named. */
  const isChosen = (model: { path: string; repo?: string; file?: string; quantisation?: string }) =>
    choice.kind === 'local' && (choice.name === model.path || (reference.kind === 'hub' && isMeant(model, reference)));
  const entries: ModelEntry[] = [];
  const add = (entry: Omit<ModelEntry, 'group'>, group: ModelEntry['group'], inUse: boolean) =>
    entries.push({ ...entry, group: inUse ? 'inUse' : group });

  for (const model of catalog) {
    const chosen = choice.kind === 'local' && reference.kind === 'catalog' && reference.model.id === model.id;
    const here = installed.find((each) => each.id === model.id && (!chosen || isMeant(each, reference)));
    const part = here ? undefined : downloads.find(({ id }) => id === model.id);
    const { quantisation = '', size: published = 0 } = model.files[0] ?? {};
    const size = here?.size ?? published;
    const itsHow = size > 0 ? how(size, here?.path) : '';
    const notes = [
      part ? downloadText(part) : '',
      recommended?.id === model.id ? t('recommended for this computer') : '',
      itsHow,
      ...traits(model),
    ];
    const { name: licence, url } = model.licence;
    const toAccept = !(await isLicenceAccepted(model, folders.data));
    add(
      {
        id: model.id,
        label: model.title,
        description: listed([here?.quantisation ?? quantisation, sizeOf(size)]),
        detail: sentence(notes),
        how: itsHow,
        suits: model.use === 'chat' && (size === 0 || fitOf(size, machine) !== 'partly'),
        bytes: size,
        recommended: recommended?.id === model.id,
        ...(toAccept ? { licence: { name: licence, url } } : {}),
        ...(here || part ? { path: (here ?? part)?.path ?? '' } : {}),
        ...(part ? { download: part } : {}),
      },
      here ? 'onThisComputer' : size > 0 && fitOf(size, machine) === 'tooLarge' ? 'doesNotFit' : 'canBeDownloaded',
      chosen || (here !== undefined && isChosen(here)),
    );
  }
  const known = new Set<string>(catalog.map(({ id }) => id));
  for (const model of installed.filter(({ id }) => !known.has(id))) {
    add(
      fileEntry(model.path, model.size, model.quantisation, how(model.size, model.path)),
      'onThisComputer',
      isChosen(model),
    );
  }
  for (const download of downloads.filter(({ id }) => !known.has(id))) {
    const { id, name, path, total } = download;
    const entry = { id, label: name, description: sizeOf(total), bytes: total, recommended: false, path, download };
    const detail = sentence([downloadText(download), ...(total > 0 ? [how(total)] : [])]);
    const [repo = '', file = ''] = id.split(':');
    const chosen = isChosen({ path, repo, file, quantisation: quantisationOf(path) });
    add({ ...entry, detail }, 'canBeDownloaded', chosen);
  }
  for (const model of found) {
    const note = listed([how(model.size, model.path), t('found in {program}', { program: programs[model.source] })]);
    const entry = { ...fileEntry(model.path, model.size, model.quantisation, note), label: model.name };
    // Another program's file is used in place and never removed.
    const { path: foundAt, ...rest } = entry;
    add({ ...rest, foundAt }, 'onThisComputer', choice.name === model.path);
  }
  if (choice.kind === 'local' && !entries.some(({ group }) => group === 'inUse')) {
    const { path, ...entry } = fileEntry(choice.name, 0, '', choice.name);
    add(reference.kind === 'disk' ? { ...entry, path } : entry, 'inUse', true);
  }
  for (const server of settings.servers) {
    const inUse = choice.kind === 'server' && choice.name === server.name;
    const { name, url, model = '' } = server;
    const entry = { id: name, label: name, description: model, detail: url, bytes: 0, recommended: false, server: url };
    add(entry, 'servers', inUse);
  }
  return entries;
}

function fileEntry(path: string, size: number, quantisation: string, note: string) {
  const label = path.split(/[\\/]/).at(-1) ?? path;
  const description = listed([quantisation || 'GGUF', sizeOf(size)]);
  return { id: path, label, description, detail: sentence([note]), bytes: size, recommended: false, path };
}

/** What its makers say of a model. A model that sees does so through a server only: the engine has no part for images. */
function traits({ use, context, licence, vision }: CatalogModel): string[] {
  return [
    use === 'completion' ? t('for completion') : '',
    t('{size} context', { size: contextSize(context, displayLanguage()) }),
    licence.name,
    vision ? t('sees images through a server only') : '',
  ];
}

function howText(size: number, machine: Machine, bandwidth: number | null): string {
  switch (fitOf(size, machine)) {
    case 'gpu':
      return listed([t('fits on the GPU'), uncheckedText(machine.devices[0])]);
    case 'partly':
      return listed([t('partly on the GPU, slow'), uncheckedText(machine.devices[0])]);
    case 'processor':
      // A rate is said only where one was measured.
      if (bandwidth === null) return t('on the processor');
      return t('on the processor, about {rate}', { rate: spoken(expectedRate(size, bandwidth)) });
    case 'tooLarge':
      return t('too large for this computer');
  }
}

const spoken = (perSecond: number) => rateText(perSecond, displayLanguage());
const sizeOf = (bytes: number) => (bytes > 0 ? sizeText(bytes) : '');

const sentence = (notes: readonly string[]) => {
  const text = listed(notes);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const Calibrations = z.record(z.string(), z.object({ size: z.number(), decode: z.number(), gpu: z.string() }));
type Calibrations = z.infer<typeof Calibrations>;

/** What was measured of the files that ran here, by their paths. */
async function readCalibrations(dataFolder: string): Promise<Calibrations> {
  try {
    return Calibrations.parse(JSON.parse(await readFile(join(dataFolder, 'calibration.json'), 'utf8')));
  } catch {
    return {};
  }
}

/** Bytes of weights read a second, the best that was measured on the processor; null if nothing was. */
function measuredBandwidth(measured: Calibrations): number | null {
  const rates = Object.values(measured)
    // Small models fit into the processor's caches.
    .filter(({ gpu, size }) => gpu === 'false' && size > 5e8)
    .map(({ size, decode }) => size * decode);
  return rates.length > 0 ? Math.max(...rates) : null;
}

/** "2.1 GB of 5.2 GB are here", or that it comes. */
function downloadText({ received, total, runs }: UnfinishedDownload): string {
  const [here, all] = [sizeText(received), sizeText(total)];
  const sizes = total > 0 ? t('{done} of {total}', { done: here, total: all }) : here;
  if (runs === 'no') return t('{sizes} are here', { sizes });
  return runs === 'here'
    ? t('downloading, {sizes}', { sizes })
    : t('downloading in another window, {sizes}', { sizes });
}
