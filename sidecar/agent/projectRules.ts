import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathAssessment } from '../permission/assess.ts';

/** Instructions that go to the model, and where they stand. */
export interface ProjectRules {
  path: string;
  text: string;
}

/** `AGENTS.md` is what many agents read; the other is for this one alone. */
const names = ['AGENTS.md', '.devstral/prompt.md'];
/** Characters of one file: more would crowd out the work. */
const longest = 24_000;

/**
 * The person's own instructions first, then those of each workspace folder, outermost first: what stands later is nearer
 * to the work and wins. A workspace that is not trusted has no say.
 */
export async function readRules(
  roots: readonly string[],
  personFolder: string,
  trusted: boolean,
): Promise<ProjectRules[]> {
  const own = await rulesIn(personFolder, (name) => `your own ${name}`);
  if (!trusted) return own;
  const ofRoots = await Promise.all(
    roots.map((root) =>
      rulesIn(root, (name) => (roots.length > 1 ? `${root.split(/[\\/]/).at(-1)}/${name}` : name), root),
    ),
  );
  return [...own, ...ofRoots.flat()];
}

/**
 * Instructions of the folders between a root and a file that is touched for the first time; `told` holds the folders
 * that the model has been told of, and gets those that it is told of now.
 */
export async function rulesOnTheWay(root: string, file: string, told: Set<string>): Promise<ProjectRules[]> {
  const folders: string[] = [];
  for (let folder = dirname(file); folder.length > root.length; folder = dirname(folder)) folders.unshift(folder);
  const fresh = folders.filter((folder) => !told.has(folder));
  for (const folder of fresh) told.add(folder);
  const found = await Promise.all(
    fresh.map((folder) => rulesIn(folder, (name) => join(relative(root, folder), name).replaceAll('\\', '/'), root)),
  );
  return found.flat();
}

/** `root`: they must lie in it, links followed; a repository could link them to what nobody wants to send. */
async function rulesIn(folder: string, nameOf: (name: string) => string, root?: string): Promise<ProjectRules[]> {
  const read = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      // Most folders have neither: to look is a tenth of what a refused read costs at the start of each session.
      const isNothing =
        !existsSync(file) || (root !== undefined && pathAssessment(file, 'read', [root]).risk !== 'low');
      const text = isNothing ? '' : await readFile(file, 'utf8').catch(() => '');
      const cut =
        text.length > longest ? `${text.slice(0, longest)}\n(cut: the file has ${text.length} characters)` : text;
      return { path: nameOf(name), text: cut };
    }),
  );
  return read.filter(({ text }) => text.trim() !== '');
}
