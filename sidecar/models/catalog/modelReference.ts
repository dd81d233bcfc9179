import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { t } from '../../protocol/translate.ts';
import { type CatalogModel, catalogModel } from './catalog.ts';

/** What a person names a model by. `named` is a file or a quantisation of it. */
export type ModelReference =
  | { kind: 'catalog'; model: CatalogModel; named?: string }
  | { kind: 'hub'; repo: string; named?: string; revision?: string }
  | { kind: 'disk'; path: string }
  /** `reason` is a whole sentence. */
  | { kind: 'unknown'; reason: string };

const repoName = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;
const hubHosts = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/**
 * Reads a model's name: an id of the catalog (`devstral-small-2`, `devstral-small-2:Q5_K_M`), a file of the hub
 * (`org/repo:file`, `org/repo:Q4_K_M`, `hf:org/repo/file`, a page's or a file's address), or a GGUF on this disk
 * (relative to `cwd`). `hub` is where the hub is reached (`HF_ENDPOINT`).
 */
export function parseModelReference(text: string, { cwd, hub = '' }: { cwd: string; hub?: string }): ModelReference {
  const name = text.trim();
  const [id = '', ...rest] = name.split(':');
  const model = catalogModel(id);
  if (model) return { kind: 'catalog', model, ...named(rest.join(':')) };
  if (/^https?:\/\//i.test(name)) return fromAddress(name, hub);
  const address = /^(?:hf\.co|huggingface\.co)\/(.+)$/i.exec(name)?.[1];
  if (address !== undefined) return fromSegments(address);
  if (/^hf:/i.test(name)) return fromSegments(name.slice(3).replace(/^\/+/, ''));
  const colon = /^([^:]+\/[^:]+):([^:]+)$/.exec(name);
  if (colon?.[1] !== undefined && repoName.test(colon[1])) return hubReference(colon[1], colon[2]);
  if (isPath(name)) return { kind: 'disk', path: onDisk(name, cwd) };
  if (repoName.test(name)) return { kind: 'hub', repo: name };
  return { kind: 'unknown', reason: t('There is no model "{name}".', { name: name.slice(0, 80) }) };
}

const named = (value: string | undefined): { named?: string } => (value ? { named: value } : {});

/** A file's path or a path-like name; `org/repo` alone is the hub's. */
function isPath(name: string): boolean {
  return /\.gguf$/i.test(name) || isAbsolute(name) || /^(?:\.{1,2}|~)[\\/]/.test(name) || /^[A-Za-z]:[\\/]/.test(name);
}

function onDisk(name: string, cwd: string): string {
  return /^~[\\/]/.test(name) ? join(homedir(), name.slice(2)) : resolve(cwd, name);
}

function hubReference(repo: string, file?: string, revision?: string): ModelReference {
  if (!repoName.test(repo))
    return { kind: 'unknown', reason: t('"{repo}" is no repository of the hub.', { repo: repo.slice(0, 80) }) };
  // Never a path out of the repository.
  if (file?.split('/').some((segment) => segment === '..' || segment === '.' || segment === '')) {
    return { kind: 'unknown', reason: t('"{file}" is no file of a repository.', { file: file.slice(0, 80) }) };
  }
  return { kind: 'hub', repo, ...named(file), ...(revision ? { revision } : {}) };
}

/** `org/repo`, `org/repo:Q4_K_M` or `org/repo/folder/file.gguf`. */
function fromSegments(path: string): ModelReference {
  const [org = '', repo = '', ...file] = path.split('/');
  const [bare = '', quantisation] = repo.split(':');
  return hubReference(`${org}/${bare}`, file.join('/') || quantisation);
}

function fromAddress(address: string, hub: string): ModelReference {
  const url = URL.canParse(address) ? new URL(address) : null;
  const own = URL.canParse(hub) ? new URL(hub) : null;
  if (!url || !(hubHosts.includes(url.hostname) || url.host === own?.host)) {
    return {
      kind: 'unknown',
      reason: t('Only addresses of the Hugging Face hub are known; fetch other files by hand.'),
    };
  }
  const base = url.host === own?.host ? own.pathname.replace(/\/+$/, '') : '';
  const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname;
  const [org = '', repo = '', view, revision, ...file] = path.split('/').filter(Boolean).map(decoded);
  if (view === undefined) return hubReference(`${org}/${repo}`);
  if (!['blob', 'resolve', 'tree', 'raw'].includes(view) || revision === undefined) {
    return { kind: 'unknown', reason: t('The address names no model and no file of one.') };
  }
  const isFile = view !== 'tree' && file.length > 0;
  return hubReference(`${org}/${repo}`, isFile ? file.join('/') : undefined, revision === 'main' ? '' : revision);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
