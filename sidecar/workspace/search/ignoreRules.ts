import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** The rules for what lies directly in one folder. */
export interface FolderRules {
  ignores(name: string, isFolder: boolean): boolean;
}

export interface IgnoreRules {
  /** Null: the folder itself is ignored, or is above where the rules begin. */
  folder(path: string): Promise<FolderRules | null>;
  isIgnored(file: string): Promise<boolean>;
}

/** Files of rules; each kind stands for itself, so that one cannot bring back what another leaves out. */
const kinds = ['.gitignore', '.vscodeignore', '.devstralignore'] as const;

/** The rules of one file, and the folder that they are relative to. */
type Layer = { folder: string; rules: Ignore };

/** `layers`: for each kind those that count in a folder, the deepest first. */
type Loaded = { rules: FolderRules; layers: Layer[][] };

/**
 * What is left out of a search below the folder `top`: what git ignores, what a `.vscodeignore` or a `.devstralignore`
 * names, and `.git`. Deeper files of one kind count before outer ones; what lies in an ignored folder stays ignored.
 */
export function createIgnoreRules(top: string): IgnoreRules {
  const known = new Map<string, Promise<Loaded | null>>();

  function load(folder: string): Promise<Loaded | null> {
    const before = known.get(folder);
    if (before) return before;
    const loading = loadFolder(folder);
    known.set(folder, loading);
    return loading;
  }

  async function loadFolder(folder: string): Promise<Loaded | null> {
    if (folder !== top && (folder === dirname(folder) || !folder.startsWith(top))) return null;
    const outer = folder === top ? null : await load(dirname(folder));
    if (folder !== top && (outer === null || outer.rules.ignores(basename(folder), true))) return null;
    const own = await Promise.all(kinds.map((kind) => readRules(folder, kind)));
    const layers = kinds.map((_, at) => [...(own[at] ?? []), ...(outer?.layers[at] ?? [])]);
    const ignores = (name: string, isFolder: boolean) =>
      name === '.git' || layers.some((kind) => isOut(kind, join(folder, name), isFolder));
    return { rules: { ignores }, layers };
  }

  return {
    folder: async (path) => (await load(path))?.rules ?? null,
    async isIgnored(file) {
      const rules = (await load(dirname(file)))?.rules;
      return rules?.ignores(basename(file), false) ?? true;
    },
  };
}

/** Where the rules of a workspace folder begin: at the repository that it is part of, else at itself. */
export function topOfRules(root: string): { top: string; isRepository: boolean } {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return { top: folder, isRepository: true };
    if (folder === dirname(folder)) return { top: root, isRepository: false };
  }
}

/** The deepest file of rules that says something about the path decides. */
function isOut(layers: readonly Layer[], path: string, isFolder: boolean): boolean {
  for (const { folder, rules } of layers) {
    const below = relative(folder, path).split(sep).join('/');
    const { ignored, unignored } = rules.test(isFolder ? `${below}/` : below);
    if (ignored || unignored) return ignored;
  }
  return false;
}

async function readRules(folder: string, kind: (typeof kinds)[number]): Promise<Layer[]> {
  // Beside the manifest of an extension it lists what is not packed: its sources, above all.
  if (kind === '.vscodeignore' && (await textOf(join(folder, 'package.json'))).includes('"vscode"')) return [];
  const exclude = kind === '.gitignore' ? await textOf(join(folder, '.git', 'info', 'exclude')) : '';
  const own = await textOf(join(folder, kind));
  // What stands later wins: a repository's own file over the person's list.
  return exclude + own === '' ? [] : [{ folder, rules: ignore({ ignorecase: false }).add(exclude).add(own) }];
}

const textOf = (path: string) => readFile(path, 'utf8').catch(() => '');
