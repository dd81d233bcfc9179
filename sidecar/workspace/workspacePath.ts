import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import * as nodePath from 'node:path';
import { URI } from 'vscode-uri';

export type WorkspacePath =
  /** `path` and `root` are real paths; `relative` has forward slashes and is empty for the root itself. */
  { kind: 'inside'; path: string; root: string; relative: string } | { kind: 'outside'; path: string };

type PathFlavour = Pick<nodePath.PlatformPath, 'relative' | 'isAbsolute' | 'sep'>;

const mostLinks = 40;

/**
 * Where a path that a model or a person names really is: links are followed, also by a file that does not exist yet, and
 * what is in no root is outside. Takes absolute paths, `file:` uris and relative paths, which may begin with a root's name.
 */
export function resolveInside(roots: string[], pathOrRelative: string): WorkspacePath {
  const outside: WorkspacePath = { kind: 'outside', path: pathOrRelative };
  const named = nativePath(pathOrRelative);
  if (named === null) return outside;
  const realRoots = roots.flatMap((root) => realPath(root) ?? []);
  for (const candidate of candidates(realRoots, named)) {
    const path = realPath(candidate);
    if (path === null) continue;
    for (const root of realRoots) {
      const relative = relativeInside(root, path, { folds: foldsCase(root), flavour: nodePath });
      if (relative !== null) return { kind: 'inside', path, root, relative };
    }
    return { kind: 'outside', path };
  }
  return outside;
}

/** The path below a root with forward slashes, or null. Pure: `folds` says that upper and lower case are one name. */
export function relativeInside(
  root: string,
  path: string,
  { folds, flavour }: { folds: boolean; flavour: PathFlavour },
): string | null {
  // Folding may change the length of a name ("İ"), so the rest is taken by segments of the path itself.
  const fold = (text: string) => (folds ? text.toLowerCase() : text);
  const below = flavour.relative(fold(root), fold(path));
  if (below === '') return '';
  if (flavour.isAbsolute(below) || below.split(flavour.sep)[0] === '..') return null;
  return path.split(flavour.sep).slice(-below.split(flavour.sep).length).join('/');
}

/** Whether the file system takes other case for the same name there; on Linux mostly not, on macOS and Windows mostly so. */
export function foldsCase(folder: string): boolean {
  const swapped = folder.replace(/\p{L}/gu, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  if (swapped === folder) return process.platform === 'win32' || process.platform === 'darwin';
  try {
    const [one, other] = [statSync(folder), statSync(swapped)];
    return one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}

/** The real path, also of what does not exist yet below a folder that does; null for a path that cannot be (a link loop). */
export function realPath(path: string, links = 0): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return null;
  }
  const parent = nodePath.dirname(path);
  try {
    if (lstatSync(path).isSymbolicLink()) {
      // A link to nothing: a write through it would make its target.
      return links >= mostLinks ? null : realPath(nodePath.resolve(parent, readlinkSync(path)), links + 1);
    }
  } catch {
    // Nothing there, not even a link.
  }
  if (parent === path) return null;
  const realParent = realPath(parent, links);
  return realParent === null ? null : nodePath.join(realParent, nodePath.basename(path));
}

function nativePath(named: string): string | null {
  if (named.trim() === '' || named.includes('\u0000')) return null;
  const scheme = /^([A-Za-z][A-Za-z\d+.-]+):\/\//.exec(named)?.[1]?.toLowerCase();
  if (scheme !== undefined) return scheme === 'file' ? uriPath(named) : null;
  if (process.platform === 'win32') {
    const bare = named.replace(/^\\\\\?\\(?!UNC\\)/i, '');
    // A colon after the drive names a stream inside of a file.
    return /:/.test(bare.replace(/^[A-Za-z]:/, '')) ? null : bare;
  }
  // A Windows path on another system is relative to a root or nothing.
  if (/^(?:[A-Za-z]:[\\/]|\\\\)/.test(named)) return null;
  return named.includes('/') ? named : named.replaceAll('\\', '/');
}

/** The path of a `file:` uri; null for one that cannot be (four slashes). */
function uriPath(uri: string): string | null {
  try {
    const path = URI.parse(uri).fsPath;
    return path.includes('\u0000') ? null : path;
  } catch {
    return null;
  }
}

function candidates(roots: string[], named: string): string[] {
  if (nodePath.isAbsolute(named)) return [nodePath.resolve(named)];
  const plain = roots.map((root) => nodePath.resolve(root, named));
  const [first = '', ...rest] = named.split(/[\\/]/);
  const byName = roots
    .filter((root) => rest.length > 0 && nodePath.basename(root) === first)
    .map((root) => nodePath.resolve(root, ...rest));
  const existing = [...plain, ...byName].find((path) => existsSync(path));
  // With several roots a name is the only way to say which one a new file belongs to.
  const fresh = roots.length > 1 ? [...byName, ...plain] : plain;
  return existing === undefined ? fresh.slice(0, 1) : [existing];
}
