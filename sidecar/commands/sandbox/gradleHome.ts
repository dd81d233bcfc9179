import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isBelow } from './home.ts';
import type { Sandbox } from './sandbox.ts';

interface Place {
  /** The workspace. */
  roots: readonly string[];
  home: string;
  /** The folder of ours that serves as ~/.cache in the sandbox. */
  cache: string | null;
  /** `GRADLE_USER_HOME` of the person. */
  chosen: string | undefined;
}

/**
 * Gradle locks files beside all that it reads in its home, and does not start where it cannot. In the sandbox it has a home
 * of its own in our cache: distributions of the wrapper are links to the person's, and what they have fetched is read from
 * there by Gradle 6.2 and newer. What the environment gains; empty where the person has no such home, or it is not shown inside.
 */
export function gradleHome(sandbox: Sandbox, { roots, home, cache, chosen }: Place): Record<string, string> {
  if ((sandbox.kind !== 'bubblewrap' && sandbox.kind !== 'sandboxExec') || cache === null) return {};
  // Then all of the home can be written.
  if (roots.some((root) => isBelow(home, root))) return {};
  const usual = join(home, '.gradle');
  const theirs = chosen === undefined || isBelow(chosen, home) ? usual : chosen;
  if (!existsSync(theirs)) return {};
  const name = 'gradle';
  linkDistributions(join(theirs, 'wrapper', 'dists'), cache, [name, 'wrapper', 'dists']);
  const inside = sandbox.kind === 'bubblewrap' ? join(home, '.cache') : cache;
  const fetched = join(theirs, 'caches');
  return {
    GRADLE_USER_HOME: join(inside, name),
    ...(existsSync(join(fetched, 'modules-2')) ? { GRADLE_RO_DEP_CACHE: fetched } : {}),
  };
}

/** `NAME/HASH/...`: the folders are our own, for the wrapper's locks; what is in them is linked once it is whole. */
function linkDistributions(from: string, cache: string, to: readonly string[]): void {
  for (const name of namesIn(from)) {
    for (const hash of namesIn(join(from, name))) {
      const parts = namesIn(join(from, name, hash));
      if (!parts.some((part) => part.endsWith('.ok'))) continue;
      const folder = ownFolder(cache, [...to, name, hash]);
      if (folder === null) continue;
      for (const part of parts) if (!part.endsWith('.lck')) link(join(from, name, hash, part), join(folder, part));
    }
  }
}

/** A folder in the cache, made where it is missing; null where a command put something else, which may lead out of it. */
function ownFolder(cache: string, names: readonly string[]): string | null {
  let folder = cache;
  for (const name of names) {
    folder = join(folder, name);
    try {
      mkdirSync(folder);
    } catch {
      // It is there already, or cannot be made.
    }
    if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return null;
  }
  return folder;
}

function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch {
    // It is there already.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
