import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { isStillWriter } from '../../workspace/atomicFile.ts';

/** The `.git` files of worktrees and submodules: another text would name another folder with settings that run programs. */
export const gitFiles = (roots: readonly string[]): string[] =>
  roots.map((root) => join(root, '.git')).filter((git) => lstatSync(git, { throwIfNoEntry: false })?.isFile());

/** Where all processes of a data folder write down what they hold. */
export const heldFolder = (dataFolder: string): string => join(dataFolder, 'held');

const Placeholder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder') }),
  z.object({ kind: z.literal('file'), text: z.string() }),
]);
type Placeholder = z.infer<typeof Placeholder>;

/** Placeholders on disk that we made, how many running commands need each, and the folder where that is written down. */
const held = new Map<string, { placeholder: Placeholder; users: number; records: string }>();

/** What one process holds: if it is killed, another one takes it away (`removeLeftPlaces`). */
const HeldRecord = z.array(z.object({ path: z.string(), placeholder: Placeholder }));

/**
 * A mount needs something to lie on, so places that must not come into being inside of bubblewrap are made before the
 * command, empty, and taken away after the last command that needs them. Only those that an editor or git uses at once:
 * later ones are looked for after the command (`laterRuns.ts`). What is held is written down in `records` first.
 */
export function holdPlaces(roots: readonly string[], records: string): { sealed: string[]; release(): void } {
  const taken = roots.flatMap((root) => placesOf(root).filter(([path, what]) => take(path, what, records)));
  return {
    sealed: taken.map(([path]) => path),
    release() {
      for (const [path] of taken.splice(0)) drop(path);
    },
  };
}

/** For the exit of this process, with its commands killed. */
export function releaseAllPlaces(): void {
  for (const [path, one] of held) {
    one.users = 1;
    drop(path);
  }
}

/** Takes away what processes held that were killed, as far as it is still as they made it. */
export function removeLeftPlaces(records: string): void {
  for (const name of namesIn(records)) {
    const record = join(records, name);
    try {
      const pid = Number.parseInt(name, 10);
      if (pid === process.pid || isStillWriter(pid, statSync(record).mtimeMs)) continue;
      const read = HeldRecord.safeParse(JSON.parse(readFileSync(record, 'utf8')));
      for (const { path, placeholder } of read.data ?? []) {
        if (!held.has(path)) removePlaceholder(path, placeholder);
        rmSync(unfinished(path, pid), { force: true });
      }
    } catch {
      // Another process takes it away, or it was not whole yet when its own was killed: then nothing was made.
    }
    rmSync(record, { force: true });
  }
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
function take(path: string, placeholder: Placeholder, records: string): boolean {
  const known = held.get(path);
  if (known) {
    known.users++;
    return true;
  }
  if (existsSync(path)) return false;
  held.set(path, { placeholder, users: 1, records });
  try {
    writeRecord(records);
    if (placeholder.kind === 'folder') mkdirSync(path);
    else makeFile(path, placeholder.text);
    return true;
  } catch {
    held.delete(path);
    writeRecord(records);
    return false;
  }
}

/** One file for this process; none while it holds nothing. */
function writeRecord(records: string): void {
  const record = join(records, `${process.pid}.json`);
  const mine = [...held].filter(([, one]) => one.records === records);
  if (mine.length === 0) {
    rmSync(record, { force: true });
    return;
  }
  mkdirSync(records, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(mine.map(([path, { placeholder }]) => ({ path, placeholder })));
  writeFileSync(record, text, { mode: 0o600 });
}

const unfinished = (path: string, pid: number) => `${path}.${pid}`;

/** Whole at once, because git may read it meanwhile; throws if the path is taken. */
function makeFile(path: string, text: string): void {
  const made = unfinished(path, process.pid);
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
  removePlaceholder(path, known.placeholder);
  try {
    writeRecord(known.records);
  } catch {
    // What it names too much is looked at before it is removed.
  }
}

function removePlaceholder(path: string, placeholder: Placeholder): void {
  try {
    if (placeholder.kind === 'folder') rmdirSync(path);
    else if (readFileSync(path, 'utf8') === placeholder.text) rmSync(path);
  } catch {
    // The person put something there meanwhile; it stays.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
