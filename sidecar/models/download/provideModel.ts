import { problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { isLicenceAccepted } from '../catalog/acceptedLicences.ts';
import { type FoundModel, findModels, machineCacheFolders } from '../catalog/foundFiles.ts';
import { type InstalledModel, installedModels } from '../catalog/installedModels.ts';
import { parseModelReference } from '../catalog/modelReference.ts';
import { starterModel } from '../catalog/starter.ts';
import { checkGgufFile } from '../ggufFile.ts';
import { createDispatcher } from '../http.ts';
import { ensureModel } from './ensureModel.ts';
import { type EnsureOptions, ensureModelFile } from './ensureModelFile.ts';
import { hubAddress } from './hubRequest.ts';
import { readPublished } from './publishedRecord.ts';
import { type HubReference, knownModel, resolveModel } from './resolveModel.ts';
import type { ModelFileResult } from './verifyFile.ts';

export interface ProvideOptions extends EnsureOptions {
  /** Relative paths of files are relative to it. */
  cwd: string;
  /** Models in other programs' caches; replaced in tests. */
  find?: () => Promise<FoundModel[]>;
}

export type Provided =
  /** `from`: where it was; `cache` is another program's. */
  | { kind: 'ready'; path: string; from: 'disk' | 'installed' | 'cache' | 'hub' }
  | Exclude<ModelFileResult, { kind: 'ready' }>;

/**
 * Makes a model ready whatever it is named by (`parseModelReference`): a file on this disk, one that was downloaded
 * before, one in the caches of Hugging Face or LM Studio (used in place), else a download. Nothing is fetched whose
 * licence has to be accepted and was not.
 */
export async function provideModel(name: string, options: ProvideOptions): Promise<Provided> {
  const reference = parseModelReference(name, { cwd: options.cwd, hub: hubAddress() });
  if (reference.kind === 'unknown') {
    return { kind: 'failed', problem: problem('internal', { reason: reference.reason }) };
  }
  if (reference.kind === 'disk') return onDisk(reference.path, 'disk');
  if (reference.kind === 'catalog' && reference.model.id === starterModel.id && reference.named === undefined) {
    const starter = await ensureModelFile(starterModel, options);
    return starter.kind === 'ready' ? { ...starter, from: 'hub' } : starter;
  }
  const installed = bestOf(await installedModels(options.folder), reference);
  if (installed) return checkInstalled(installed, options);
  const found = await inCaches(reference, options);
  if (found) return { kind: 'ready', path: found.path, from: 'cache' };
  return download(reference, options);
}

async function onDisk(path: string, from: 'disk' | 'installed'): Promise<Provided> {
  const checked = await checkGgufFile(path);
  return checked.kind === 'ok' ? { kind: 'ready', path, from } : { kind: 'failed', problem: checked.problem };
}

/** Unchanged since it was checked, or checked again; what is damaged is fetched again from the same commit. */
async function checkInstalled(model: InstalledModel, options: ProvideOptions): Promise<Provided> {
  const records = await Promise.all(model.paths.map(readPublished));
  const [first, ...others] = records.filter((record) => record !== null);
  if (!first || others.length + 1 !== model.paths.length) return onDisk(model.path, 'installed');
  const { name, repo } = first;
  const result = await ensureModel({ name, repo, files: [first, ...others] }, options);
  return result.kind === 'ready' ? { ...result, from: 'installed' } : result;
}

async function inCaches(reference: HubReference, options: ProvideOptions): Promise<FoundModel | null> {
  const { find = async () => findModels(await machineCacheFolders()) } = options;
  // Ollama's weights may be made for its own engine: used when the person chooses that file, not instead of another.
  const candidates = (await find()).filter(({ source }) => source !== 'ollama');
  for (let best = bestOf(candidates, reference); best; best = bestOf(candidates, reference)) {
    if ((await checkGgufFile(best.path)).kind === 'ok') return best;
    candidates.splice(candidates.indexOf(best), 1);
  }
  return null;
}

/** Whether a model on this disk, or its begun download, is what a reference means. */
export function isMeant(
  model: { path: string; repo?: string; file?: string; quantisation?: string },
  reference: HubReference,
): boolean {
  const { path, repo = '', file = path.split(/[\\/]/).at(-1) ?? '', quantisation = '' } = model;
  const asked = reference.named?.toLowerCase();
  const names = [file, file.split('/').at(-1) ?? '', quantisation].map((name) => name.toLowerCase());
  if (asked !== undefined && !names.includes(asked)) return false;
  if (reference.kind === 'hub') return repo.toLowerCase() === reference.repo.toLowerCase();
  return reference.model.pattern.test(repo === '' ? file : `${repo}/${file}`);
}

/** The one of several models on this disk that a reference means; the catalog's order of preference decides. */
function bestOf<T extends InstalledModel | FoundModel>(models: readonly T[], reference: HubReference): T | null {
  const order = knownModel(reference)?.files.map(({ quantisation }) => quantisation) ?? [];
  const rank = ({ quantisation }: T) => (order.includes(quantisation) ? order.indexOf(quantisation) : order.length);
  const meant = models.filter((model) => isMeant(model, reference));
  return meant.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}

async function download(reference: HubReference, options: ProvideOptions): Promise<Provided> {
  const known = knownModel(reference);
  const name = known?.title ?? (reference.kind === 'hub' ? reference.repo : '');
  if (options.offline)
    return { kind: 'failed', problem: problem('offline', { action: t('Downloading {name}', { name }) }) };
  if (known && !(await isLicenceAccepted(known, options.dataFolder))) {
    const licence = known.licence.name;
    return { kind: 'failed', problem: problem('licenceNotAccepted', { model: name, licence }, known.licence.url) };
  }
  const dispatcher = createDispatcher({ proxy: options.proxy });
  const resolved = await resolveModel(reference, { ...options, dispatcher }).finally(() => dispatcher.destroy());
  if (resolved.kind !== 'resolved') return resolved;
  const result = await ensureModel(resolved.model, options);
  return result.kind === 'ready' ? { ...result, from: 'hub' } : result;
}
