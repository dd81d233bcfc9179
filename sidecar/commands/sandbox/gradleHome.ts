import { createHash } from 'node:crypto';
import { type Dirent, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { isBelow } from './home.ts';
import type { Sandbox, SandboxScope } from './sandbox.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a command in the sandbox gets so that Gradle starts there. */
export interface GradleHome {
  env: Record<string, string>;
  /** A folder outside of the home that holds tokens, and what of it is shown all the same. */
  hidden: string[];
  shown: string[];
}

const nothing: GradleHome = { env: {}, hidden: [], shown: [] };
const projectFiles = ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'gradlew'];

/**
 * Gradle and its wrapper write locks beside all that they read, so inside they have a Gradle home of their own in the cache.
 * There the person's distributions are links; packages are read from the person's (Gradle 6.2 and later). One for each
 * workspace: those who wait for a lock ask its owner over a port, which another sandbox does not hear.
 */
export function gradleHome(
  { kind }: Pick<Sandbox, 'kind'>,
  { roots, home, cache, cwd }: Pick<SandboxScope, 'roots' | 'home' | 'cache' | 'cwd'>,
  env: Environment,
): GradleHome {
  if (cache === null || (kind !== 'bubblewrap' && kind !== 'sandboxExec')) return nothing;
  const usual = posix.join(home, '.gradle');
  const theirs = env.GRADLE_USER_HOME ? posix.resolve(cwd, env.GRADLE_USER_HOME) : usual;
  const isWritable = [theirs, home].some((path) => roots.some((root) => isBelow(path, root)));
  if (isWritable || !(existsSync(theirs) || isGradleProject(roots))) return nothing;
  const below = ['gradle', createHash('sha256').update(cwd).digest('hex').slice(0, 12)];
  const ours = folderIn(cache, below);
  if (ours === null) return nothing;
  linkDistributions(posix.join(theirs, 'wrapper/dists'), ours);
  const packages = env.GRADLE_RO_DEP_CACHE || posix.join(theirs, 'caches');
  const hidden = holdsTokens(theirs, [home, cache, ...roots]) && !isBelow(theirs, home) ? [theirs] : [];
  return {
    env: {
      // In bubblewrap the cache is seen as that of the home.
      GRADLE_USER_HOME: posix.join(kind === 'bubblewrap' ? posix.join(home, '.cache') : cache, ...below),
      ...(existsSync(posix.join(packages, 'modules-2')) && { GRADLE_RO_DEP_CACHE: packages }),
    },
    hidden,
    shown: [
      ...(hidden.length > 0 ? namesToShow(theirs) : theirs === usual ? [] : ['caches', 'wrapper']).map((name) =>
        posix.join(theirs, name),
      ),
      ...(env.GRADLE_RO_DEP_CACHE ? [posix.join(packages, 'modules-2')] : []),
    ],
  };
}

const isGradleProject = (roots: readonly string[]) =>
  roots.some((root) => projectFiles.some((name) => existsSync(posix.join(root, name))));

const tokens = 'gradle.properties';

/** Never a folder that holds more than Gradle's own. */
const holdsTokens = (folder: string, others: readonly string[]) =>
  existsSync(posix.join(folder, tokens)) && !others.some((other) => isBelow(other, folder));

const namesToShow = (folder: string) =>
  entriesOf(folder)
    .map(({ name }) => name)
    .filter((name) => name !== tokens);

/**
 * Links for the wrapper: its folder `NAME/HASH` must be writable for the lock; what lies in it is only read. One that is still
 * being fetched has no `.ok`.
 */
function linkDistributions(from: string, ours: string): void {
  for (const [name, hash] of distributionsIn(posix.join(ours, 'wrapper/dists'))) {
    const folder = folderIn(ours, ['wrapper', 'dists', name, hash]);
    const links = folder ? entriesOf(folder).filter((entry) => entry.isSymbolicLink()) : [];
    // The wrapper would unpack into a link that leads nowhere.
    for (const link of links) {
      const path = posix.join(folder ?? '', link.name);
      if (!existsSync(path)) rmSync(path, { force: true });
    }
  }
  for (const [name, hash] of distributionsIn(from)) {
    const parts = entriesOf(posix.join(from, name, hash));
    if (!parts.some((part) => part.name.endsWith('.ok'))) continue;
    const folder = folderIn(ours, ['wrapper', 'dists', name, hash]);
    // A real folder in it was fetched by a command, perhaps not to its end.
    if (folder === null || entriesOf(folder).some((entry) => entry.isDirectory())) continue;
    for (const part of parts) {
      if (!/\.(?:lck|part)$/.test(part.name))
        link(posix.join(from, name, hash, part.name), posix.join(folder, part.name));
    }
  }
}

const distributionsIn = (folder: string): [name: string, hash: string][] =>
  foldersOf(folder).flatMap((name) =>
    foldersOf(posix.join(folder, name)).map((hash): [string, string] => [name, hash]),
  );

const foldersOf = (folder: string) =>
  entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Makes what is missing of it. Null where a command put something else in its place: a link would lead out of the cache. */
function folderIn(cache: string, names: readonly string[]): string | null {
  let folder = cache;
  for (const name of names) {
    folder = posix.join(folder, name);
    quietly(() => mkdirSync(folder));
    if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return null;
  }
  return folder;
}

const link = (target: string, path: string) => quietly(() => symlinkSync(target, path));

/** It is there already, or cannot be made: then Gradle says what it misses. */
function quietly(make: () => void): void {
  try {
    make();
  } catch {}
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
