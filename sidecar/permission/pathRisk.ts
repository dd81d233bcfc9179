import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { foldName } from '../protocol/secretNames.ts';
import type { Risk } from '../tools/tool.ts';
import { realPath, resolveInside, type WorkspacePath } from '../workspace/workspacePath.ts';
import { type PathClass, pathClasses, pathReasons, windowsDevice } from './pathTable.ts';

export type PathAccess = 'read' | 'write';

/**
 * What may be done with a path. `plain`: as the mode says. `ask`: always asked, in every mode. `refuse`: never, no consent
 * helps. Whoever acts on it uses `place.path`, not the name that was given.
 */
export interface PathVerdict {
  verdict: 'plain' | 'ask' | 'refuse';
  place: WorkspacePath;
  /** For people, a few words; only where it is not plain. */
  reason?: string;
}

/** Rates a path that a model names, for its tools. Reads links on the disk, changes nothing. */
export function assessPath(roots: readonly string[], named: string, access: PathAccess): PathVerdict {
  const place = resolveInside([...roots], named);
  const walked = pathThroughLink(roots, named);
  if (walked !== undefined) return outside({ kind: 'outside', path: walked ?? place.path }, named, access);
  if (place.kind === 'outside') return outside(place, named, access);
  if (process.platform === 'win32' && place.relative.split('/').some((name) => windowsDevice.test(foldName(name)))) {
    return { verdict: 'refuse', place, reason: pathReasons.device };
  }
  // By its real name and, where it is a link, by the one it was given.
  const given = relative(place.root, resolve(place.root, named));
  const classes = new Set([
    ...pathClass(place.relative),
    ...pathClass(given.startsWith('..') ? basename(given) : given),
  ]);
  if (access === 'write' && (classes.has('git') || classes.has('git-secret'))) {
    return { verdict: 'refuse', place, reason: pathReasons.git };
  }
  if (classes.has('secret') || classes.has('git-secret')) return { verdict: 'ask', place, reason: pathReasons.secret };
  if (access === 'write' && classes.has('runs-code')) {
    return { verdict: 'ask', place, reason: pathReasons['runs-code'] };
  }
  return { verdict: 'plain', place };
}

/**
 * Where a path leads as the system walks it: links are followed before `..` goes up, so `link/../x` need not be `x`. Null
 * for a loop of links. Without `..` it is only made absolute.
 */
export function walkedPath(folder: string, path: string): string | null {
  if (path.includes('\0')) return null;
  const names = path.split('/');
  if (!names.includes('..')) return isAbsolute(path) ? path : join(folder, path);
  let current: string | null = isAbsolute(path) ? '/' : realPath(folder);
  for (const name of names) {
    if (current === null) return null;
    if (name === '..') current = dirname(current);
    else if (name !== '' && name !== '.') current = realPath(join(current, name));
  }
  return current;
}

/**
 * Where a name leads outside for a program that uses it as it is, though without its links it would not; null for nowhere,
 * undefined if it stays inside.
 */
function pathThroughLink(roots: readonly string[], named: string): string | null | undefined {
  const path = named.replaceAll('\\', '/');
  if (!path.split('/').slice(1).includes('..') || /^[a-z][a-z\d+.-]+:\/\//i.test(path)) return undefined;
  const walked = roots.map((root) => walkedPath(root, path));
  return walked.every((each) => each === null || resolveInside([...roots], each).kind === 'outside')
    ? walked[0]
    : undefined;
}

/** The risk that a verdict has as an assessment: what is asked in every mode is high. */
export function pathRisk({ verdict }: PathVerdict, access: PathAccess): Risk {
  if (verdict !== 'plain') return 'high';
  return access === 'read' ? 'low' : 'medium';
}

/** Whether a path names what is never shown or committed by itself: keys, credentials, `.env`. */
export const isSecretPath = (path: string): boolean =>
  [...pathClass(path)].some((what) => what === 'secret' || what === 'git-secret');

/** The classes of a path by its names alone. */
export function pathClass(named: string): Set<PathClass['what']> {
  const names = named.split(/[\\/]/).map(foldName);
  const path = names.join('/').replace(/^(?:\.\/)+/, '');
  const hits = pathClasses.filter(
    (each) => each.path?.test(path) || (each.name !== undefined && names.some((name) => each.name?.test(name))),
  );
  return new Set(hits.map((each) => each.what));
}

/** A path in a walk: folded, and whether a name in it is of the class. */
export interface WalkedPath {
  folded: string;
  byName: boolean;
  /** What `pathClass` says of the whole path. */
  hit: boolean;
}

/**
 * For walks over many files: whether a name in a folder makes a path of that class. Each name is folded and looked at once.
 * `above` is what was answered for the folder; null at a root.
 */
export function createClassFinder(
  what: PathClass['what'],
): (above: Pick<WalkedPath, 'folded' | 'byName'> | null, name: string) => WalkedPath {
  const own = pathClasses.filter((each) => each.what === what);
  const byNames = own.flatMap(({ name }) => name ?? []);
  const byPaths = own.flatMap(({ path }) => path ?? []);
  const known = new Map<string, { folded: string; hit: boolean }>();
  return (above, name) => {
    let seen = known.get(name);
    if (!seen) {
      const folded = foldName(name);
      seen = { folded, hit: byNames.some((each) => each.test(folded)) };
      known.set(name, seen);
    }
    const folded = above ? `${above.folded}/${seen.folded}` : seen.folded;
    const byName = (above?.byName ?? false) || seen.hit;
    return { folded, byName, hit: byName || byPaths.some((each) => each.test(folded)) };
  };
}

function outside(place: WorkspacePath, named: string, access: PathAccess): PathVerdict {
  if (access === 'write') return { verdict: 'refuse', place, reason: pathReasons.outsideWrite };
  if (/^\/dev(?:\/|$)/.test(place.path)) return { verdict: 'refuse', place, reason: pathReasons.device };
  // Nothing that could be read: an address, a name with NUL, another system's path, a loop of links.
  if (!place.path.startsWith('/') && !/^(?:[A-Za-z]:[\\/]|\\\\)/.test(place.path)) {
    return { verdict: 'refuse', place, reason: pathReasons.nowhere };
  }
  const secret = [...pathClass(place.path), ...pathClass(named)].some((what) => what.includes('secret'));
  return { verdict: 'ask', place, reason: secret ? pathReasons.secret : pathReasons.outsideRead };
}
