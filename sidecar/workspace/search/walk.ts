import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IgnoreRules } from './ignoreRules.ts';

export interface WalkEntry {
  /** Absolute. */
  path: string;
  name: string;
  /** 1: directly in the folder that the walk began at. */
  depth: number;
  kind: 'file' | 'folder' | 'link';
}

/**
 * What lies below a folder, folders before what they hold, names in the order of their code units. Links are told and
 * never followed, so a walk cannot leave the folder or go in circles. What cannot be read is passed over.
 */
export async function* walk(
  from: string,
  rules: IgnoreRules,
  { signal, deepest = 64 }: { signal: AbortSignal; deepest?: number },
): AsyncGenerator<WalkEntry> {
  const waiting: WalkEntry[] = (await entriesOf(from, 1, rules)).reverse();
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    signal.throwIfAborted();
    yield entry;
    if (entry.kind !== 'folder' || entry.depth >= deepest) continue;
    waiting.push(...(await entriesOf(entry.path, entry.depth + 1, rules)).reverse());
  }
}

async function entriesOf(folder: string, depth: number, rules: IgnoreRules): Promise<WalkEntry[]> {
  const own = await rules.folder(folder);
  if (own === null) return [];
  const found = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  return found
    .flatMap((one): WalkEntry[] => {
      const kind = kindOf(one);
      if (kind === null || own.ignores(one.name, kind === 'folder')) return [];
      return [{ path: join(folder, one.name), name: one.name, depth, kind }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null for sockets, pipes and devices. */
function kindOf(entry: Dirent): WalkEntry['kind'] | null {
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : null;
}
