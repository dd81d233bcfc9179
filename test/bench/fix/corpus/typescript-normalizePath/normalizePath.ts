/** Paths with forward slashes, as they are stored in the index. Nothing here touches the disk. */

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/**
 * Remove `.`, empty and `..` segments where that can be done from the text alone.
 * A relative path keeps the `..` segments that lead out of it; at the root of an absolute one they are dropped.
 * The empty path becomes `.`.
 */
export function normalize(path: string): string {
  const absolute = isAbsolute(path);
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      kept.push(segment);
    } else if (kept.length > 0) {
      kept.pop();
    } else if (!absolute) {
      kept.push('..');
    }
  }
  const joined = kept.join('/');
  if (absolute) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

export function join(...parts: string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'));
}

/** Whether `path` is `folder` itself or lies below it. */
export function isInside(folder: string, path: string): boolean {
  const base = normalize(folder);
  const target = normalize(path);
  return target === base || target.startsWith(base === '/' ? base : `${base}/`);
}
