import { sep } from 'node:path';
import type { SearchPlace } from './searchPlace.ts';
import { walk } from './walk.ts';

export interface FoundFile {
  /** Absolute. */
  path: string;
  shown: string;
}

/** More files than this are not looked at: a workspace of that size is a home folder. */
const mostFiles = 200_000;

/**
 * The files of a place that are not ignored, as they stand with what is staged, in the order of their paths. `whole` is
 * false where there were too many.
 */
export async function listFiles(
  place: SearchPlace,
  staged: ReadonlyMap<string, string | null>,
  signal: AbortSignal,
): Promise<{ files: FoundFile[]; whole: boolean }> {
  if (place.kind === 'file') return { files: [{ path: place.path, shown: place.shown(place.path) }], whole: true };
  const files: FoundFile[] = [];
  let whole = true;
  for await (const { path, kind } of walk(place.path, place.rules, { signal })) {
    if (kind !== 'file' || staged.has(path)) continue;
    whole = files.length < mostFiles;
    if (!whole) break;
    files.push({ path, shown: place.shown(path) });
  }
  files.push(...(await stagedFiles(place, staged)));
  return { files: files.sort((a, b) => byPath(a.shown, b.shown)), whole };
}

/** What is staged to stand in a place and would not be ignored there. */
export async function stagedFiles(
  place: SearchPlace,
  staged: ReadonlyMap<string, string | null>,
): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for (const [path, text] of staged) {
    if (text === null || !path.startsWith(place.path + sep) || (await place.rules.isIgnored(path))) continue;
    files.push({ path, shown: place.shown(path) });
  }
  return files;
}

/** Order of a walk: by the names of the folders, then of the file, in code units. */
export function byPath(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  for (const [at, name] of one.entries()) {
    const against = other[at];
    if (against === undefined) return 1;
    if (name !== against) return name < against ? -1 : 1;
  }
  return one.length - other.length;
}
