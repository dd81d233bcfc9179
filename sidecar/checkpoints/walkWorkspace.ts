import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';

/** The rules of one .gitignore; `folder` is its place below the root, empty or with a slash at its end. */
interface Rules {
  folder: string;
  rules: ReturnType<typeof ignore>;
}

/** Folders that hold what is installed or recorded, also where no .gitignore says so. */
const never = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv', '__pycache__']);

/**
 * Absolute paths of the files below a root that git would not ignore; links are not followed. Goes by the .gitignore files
 * of the root and below, not by the person's own excludes.
 */
export async function* walkWorkspace(root: string, signal: AbortSignal): AsyncGenerator<string> {
  yield* walk(root, '', [], signal);
}

async function* walk(
  root: string,
  folder: string,
  above: readonly Rules[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (signal.aborted) return;
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const here = entries.some((entry) => entry.name === '.gitignore' && entry.isFile());
  const text = here ? await readFile(join(root, folder, '.gitignore'), 'utf8').catch(() => '') : '';
  const all = text.trim() === '' ? above : [...above, { folder, rules: ignore().add(text) }];
  for (const entry of entries) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) {
      if (never.has(entry.name) || isIgnored(`${path}/`, all)) continue;
      yield* walk(root, `${path}/`, all, signal);
    } else if (entry.isFile() && !isIgnored(path, all)) {
      yield join(root, path);
    }
  }
}

/** As git does it: the innermost file that says anything of a path decides. */
function isIgnored(path: string, all: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, rules } of all) {
    const said = rules.test(path.slice(folder.length));
    if (said.ignored) ignored = true;
    else if (said.unignored) ignored = false;
  }
  return ignored;
}
