import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaterRuns } from './laterRuns.ts';
import { isBelow } from './sandbox/home.ts';

/** Absolute path to the copy of what stood there. */
export type LargeCopies = ReadonlyMap<string, string>;

export const noCopies: LargeCopies = new Map();

/** Bytes of all copies for one command: they are made before it, and nearly all commands leave such files alone. */
const mostBytes = 100_000_000;

/**
 * Copies the files that are too large to be remembered into a folder that no sandboxed command sees, so that they can be put
 * back. Not those below `readOnly`, which the command cannot write, nor what goes past the limit.
 */
export async function keepLargeLaterRuns(
  before: LaterRuns,
  readOnly: readonly string[],
  folder: string,
  most = mostBytes,
): Promise<LargeCopies> {
  const copies = new Map<string, string>();
  let left = most;
  for (const [path, { bytes }] of before) {
    if (bytes !== null || readOnly.some((place) => path === place || isBelow(path, place))) continue;
    const stats = await lstat(path).catch(() => null);
    if (!stats?.isFile() || stats.size > left) continue;
    if (copies.size === 0) await mkdir(folder, { recursive: true, mode: 0o700 });
    const copy = join(folder, String(copies.size));
    const done = await copyFile(path, copy, constants.COPYFILE_FICLONE).then(
      () => true,
      () => false,
    );
    if (!done) continue;
    left -= stats.size;
    copies.set(path, copy);
  }
  return copies;
}

/** Whether what stands at a path is what was copied, whenever it was written. */
export async function isUnchanged(copies: LargeCopies, path: string): Promise<boolean> {
  const copy = copies.get(path);
  if (copy === undefined) return false;
  try {
    const [is, was] = await Promise.all([lstat(path), lstat(copy)]);
    if (!is.isFile() || is.size !== was.size) return false;
    return (await readFile(path)).equals(await readFile(copy));
  } catch {
    return false;
  }
}
