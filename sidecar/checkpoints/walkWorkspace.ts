import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import ignore from 'ignore';
import { createBreather } from '../workspace/breather.ts';

/** The rules of one .gitignore; `folder` is its place below the root, empty or with a slash at its end. */
interface Rules {
  folder: string;
  rules: ReturnType<typeof ignore>;
}

/** Folders that hold what is installed or recorded, also where no .gitignore says so. */
const never = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv', '__pycache__']);

/** Marks a folder that a program fills with what it can make again: cargo's target, caches (bford.info/cachedir). */
const cacheTag = 'CACHEDIR.TAG';

/** By folder, what its .gitignore said in an earlier walk: what has been asked of it is known. */
export type KnownRules = Map<string, { text: string; rules: Rules['rules'] }>;

/**
 * Absolute paths of the files below a root that git would not ignore, those of a folder at a time; links are not followed.
 * Goes by the .gitignore files of the root and below, not by the person's own excludes.
 */
export async function* walkWorkspace(
  root: string,
  signal: AbortSignal,
  known: KnownRules = new Map(),
): AsyncGenerator<string[]> {
  const breathe = createBreather();
  const waiting: { folder: string; above: readonly Rules[] }[] = [{ folder: '', above: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    await breathe();
    if (signal.aborted) return;
    const { folder, above } = next;
    const place = resolve(root, folder);
    const entries = entriesOf(place);
    if (folder !== '' && entries.some(({ name }) => name === cacheTag)) continue;
    const text = entries.some((entry) => entry.name === '.gitignore' && entry.isFile()) ? rulesText(place) : '';
    const all = text.trim() === '' ? above : [...above, { folder, rules: rulesOf(place, text, known) }];
    const files: string[] = [];
    for (const entry of entries) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) {
        if (never.has(entry.name) || isIgnored(`${path}/`, all)) continue;
        waiting.push({ folder: `${path}/`, above: all });
      } else if (entry.isFile() && !isIgnored(path, all)) {
        files.push(`${place}${sep}${entry.name}`);
      }
    }
    if (files.length > 0) yield files;
  }
}

function entriesOf(place: string): Dirent[] {
  try {
    return readdirSync(place, { withFileTypes: true });
  } catch {
    return [];
  }
}

function rulesText(place: string): string {
  try {
    return readFileSync(join(place, '.gitignore'), 'utf8');
  } catch {
    return '';
  }
}

function rulesOf(place: string, text: string, known: KnownRules): Rules['rules'] {
  const before = known.get(place);
  if (before?.text === text) return before.rules;
  const rules = ignore().add(text);
  known.set(place, { text, rules });
  return rules;
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
