import { linkSync, lstatSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The `.git` files of worktrees and submodules: another text would name another folder with settings that run programs. */
export const gitFiles = (roots: readonly string[]): string[] =>
  roots.map((root) => join(root, '.git')).filter((git) => lstatSync(git, { throwIfNoEntry: false })?.isFile());

type Placeholder = { kind: 'folder' } | { kind: 'file'; text: string };

/** Placeholders on disk that we made, and how many running commands need each. */
const held = new Map<string, { placeholder: Placeholder; users: number }>();

/**
 * A mount needs something to lie on, so places that must not come into being inside of bubblewrap are made before the
 * command, empty, and taken away after the last command that needs them. Only those that an editor or git uses at once:
 * later ones are looked for after the command (`laterRuns.ts`).
 */
export function holdPlaces(roots: readonly string[]): { sealed: string[]; release(): void } {
  const taken = roots.flatMap((root) => placesOf(root).filter(([path, what]) => take(path, what)));
  return {
    sealed: taken.map(([path]) => path),
    release() {
      for (const [path] of taken.splice(0)) drop(path);
    },
  };
}

function placesOf(root: string): [path: string, placeholder: Placeholder][] {
  const folder: Placeholder = { kind: 'folder' };
  const git = join(root, '.git');
  const inGit: [string, Placeholder][] = [
    [join(git, 'hooks'), folder],
    // Git's common folder is this one: what git does without the file.
    [join(git, 'commondir'), { kind: 'file', text: '.\n' }],
    [join(git, 'config.worktree'), { kind: 'file', text: '' }],
  ];
  const hasGit = lstatSync(git, { throwIfNoEntry: false })?.isDirectory() && !held.has(git);
  return [[join(root, '.vscode'), folder], ...(hasGit ? inGit : [[git, folder] as [string, Placeholder]])];
}

/** False where something is there already that is not ours, or nothing can be made. */
function take(path: string, placeholder: Placeholder): boolean {
  const known = held.get(path);
  if (known) {
    known.users++;
    return true;
  }
  try {
    if (placeholder.kind === 'folder') mkdirSync(path);
    else makeFile(path, placeholder.text);
  } catch {
    return false;
  }
  held.set(path, { placeholder, users: 1 });
  return true;
}

/** Whole at once, because git may read it meanwhile; throws if the path is taken. */
function makeFile(path: string, text: string): void {
  const made = `${path}.${process.pid}`;
  writeFileSync(made, text);
  try {
    linkSync(made, path);
  } finally {
    rmSync(made);
  }
}

function drop(path: string): void {
  const known = held.get(path);
  if (!known || --known.users > 0) return;
  held.delete(path);
  try {
    if (known.placeholder.kind === 'folder') rmdirSync(path);
    else if (lstatSync(path).size === known.placeholder.text.length) rmSync(path);
  } catch {
    // The person put something there meanwhile; it stays.
  }
}
