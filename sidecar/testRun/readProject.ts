import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { manifests } from './findTestCommand.ts';
import type { ProjectListing } from './testCommand.ts';

/** Bytes of a manifest that are read. */
const mostText = 500_000;
const skipped = /^(?:node_modules|\.git|target|build|dist|__pycache__)$/;

/** Names two levels deep and the texts of manifests, for `findTestCommand`. A folder that cannot be read is empty. */
export async function readProject(root: string): Promise<ProjectListing> {
  const top = await namesIn(root);
  const below = await Promise.all(
    top
      // A virtual environment may be a link to one for several checkouts.
      .filter(({ folder, link, name }) => (folder && !skipped.test(name)) || (link && /^\.?venv$/.test(name)))
      .map(async ({ name }) => (await namesIn(join(root, name))).map((entry) => `${name}/${entry.name}`)),
  );
  const texts: Record<string, string> = {};
  for (const name of manifests) {
    if (top.some((entry) => entry.name === name))
      texts[name] = (await readFile(join(root, name), 'utf8')).slice(0, mostText);
  }
  return { paths: [...top.map(({ name }) => name), ...below.flat()], texts };
}

async function namesIn(folder: string): Promise<{ name: string; folder: boolean; link: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory(), link: entry.isSymbolicLink() }));
}

/** File systems take their times from a clock that is some milliseconds behind. */
const clockLag = 50;

export interface WrittenReport {
  folder: string;
  text: string;
}

/** The XML files that were written since `since` (ms) in folders named with `*`. */
export async function readReports(root: string, patterns: readonly string[], since: number): Promise<WrittenReport[]> {
  const folders = (await Promise.all(patterns.map((pattern) => foldersOf(root, pattern.split('/'))))).flat();
  const reports: WrittenReport[] = [];
  for (const folder of folders) {
    for (const { name } of await namesIn(folder)) {
      const path = join(folder, name);
      if (!name.endsWith('.xml') || (await stat(path)).mtimeMs < since - clockLag) continue;
      reports.push({ folder, text: await readFile(path, 'utf8') });
    }
  }
  return reports;
}

async function foldersOf(at: string, [first, ...rest]: readonly string[]): Promise<string[]> {
  if (first === undefined) return [at];
  const names = first === '*' ? (await namesIn(at)).filter(({ folder }) => folder).map(({ name }) => name) : [first];
  return (await Promise.all(names.map((name) => foldersOf(join(at, name), rest)))).flat();
}
