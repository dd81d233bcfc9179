import type { Dispatcher } from 'undici';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { type CatalogModel, catalog, recogniseModel } from '../catalog/catalog.ts';
import { chooseModelFiles } from '../catalog/ggufNames.ts';
import type { ModelReference } from '../catalog/modelReference.ts';
import type { PublishedModel } from './ensureModel.ts';
import { type HubFile, listHubFiles } from './hubApi.ts';

export type HubReference = Extract<ModelReference, { kind: 'catalog' | 'hub' }>;

export type ResolveResult =
  | { kind: 'resolved'; model: PublishedModel }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

interface Options {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  retryDelaysMs?: readonly number[];
}

/** What most machines run: taken from a repository that the catalog does not know. */
const usualQuantisations = ['Q4_K_M', 'Q5_K_M', 'Q4_K_S', 'Q6_K', 'Q8_0'];

/** The catalog's model that a reference means; undefined for a repository that it does not know. */
export const knownModel = (reference: HubReference): CatalogModel | undefined =>
  reference.kind === 'catalog'
    ? reference.model
    : (recogniseModel(`${reference.repo}/${reference.named ?? ''}`) ?? byRepo(reference.repo));

const byRepo = (repo: string) => catalog.find((model) => model.repo.toLowerCase() === repo.toLowerCase());

/** Asks the hub which files a model has and chooses those to fetch, with commit, sizes and hashes. */
export async function resolveModel(reference: HubReference, options: Options): Promise<ResolveResult> {
  const repo = reference.kind === 'catalog' ? reference.model.repo : reference.repo;
  const revision = reference.kind === 'hub' ? reference.revision : undefined;
  const tree = await listHubFiles(repo, { ...options, ...(revision === undefined ? {} : { revision }) });
  if (tree.kind !== 'listed') return tree;
  const known = knownModel(reference);
  const { named } = reference;
  // A file without a hash could not be checked.
  const files = tree.files.filter((file): file is HubFile & { sha256: string } => file.sha256 !== null);
  const chosen = chooseModelFiles(repo, files, {
    ...(named === undefined ? {} : { named }),
    ...(reference.kind === 'catalog' ? { pattern: reference.model.pattern } : {}),
    preferred: known?.files.map(({ quantisation }) => quantisation) ?? usualQuantisations,
  });
  if (!chosen) {
    const what = named === undefined ? t('A GGUF file of {repo}', { repo }) : `${repo}:${named}`;
    return { kind: 'failed', problem: problem('hubNotFound', { what }, files.map(({ path }) => path).join('\n')) };
  }
  const name =
    known?.name ??
    repo
      .split('/')[1]
      ?.replace(/-gguf$/i, '')
      .slice(0, 14) ??
    repo;
  const [first, ...others] = chosen.files.map(({ path, size, sha256 }) => ({
    name,
    repo,
    file: path,
    revision: tree.commit,
    size,
    sha256,
  }));
  if (!first) throw new Error('a chosen model has no file');
  return { kind: 'resolved', model: { name, repo, files: [first, ...others] } };
}
