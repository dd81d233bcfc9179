import { type Dirent, readdirSync } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createClassFinder, type WalkedPath } from '../permission/pathRisk.ts';
import { createBreather } from '../workspace/breather.ts';
import { isHarmlessGitConfig } from './gitConfig.ts';

/** One file that can run programs by itself: what stands in it, null if only that it is there and when it was changed. */
export interface LaterRun {
  bytes: Buffer | null;
  stamp: string;
  mode: number;
  /** It runs nothing as it is. */
  harmless: boolean;
}

/** Absolute path to what stands there. */
export type LaterRuns = ReadonlyMap<string, LaterRun>;

const mostBytes = 1_000_000;
const mostFolders = 20_000;
/** What is installed or recorded; of git's own folder what holds no settings. */
const never = new Set(['node_modules', '.venv', '__pycache__', '.hg', '.svn']);
const neverInGit = new Set(['objects', 'refs', 'logs', 'lfs', 'info', 'rr-cache']);

/**
 * The files below the roots that an editor, git or a person's tools run by themselves (those that an edit is always asked
 * about, and settings and hooks of git), also where .gitignore names them. Links count by what they say. Not looked at:
 * what is beyond 20,000 folders, and `protectedPaths`, which a command cannot write.
 */
export async function lookAtLaterRuns(
  roots: readonly string[],
  protectedPaths: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, LaterRun>> {
  const found = new Map<string, LaterRun>();
  const runsCode = createClassFinder('runs-code');
  const breathe = createBreather();
  let folders = 0;

  async function walk(folder: string, above: WalkedPath | null, inGit: boolean): Promise<void> {
    if (signal.aborted || folders++ >= mostFolders) return;
    await breathe();
    for (const entry of entriesOf(folder)) {
      const { name } = entry;
      if (entry.isDirectory()) {
        const skipped = inGit ? neverInGit : never;
        const path = join(folder, name);
        if (skipped.has(name) || protectedPaths.has(path)) continue;
        await walk(path, runsCode(above, name), inGit || name === '.git');
      } else if (isPlace(folder, name, inGit) || (!inGit && runsCode(above, name).hit)) {
        const path = join(folder, name);
        const seen = protectedPaths.has(path) ? null : await lookAt(path).catch(() => null);
        if (seen) found.set(path, { ...seen, harmless: isHarmless(path, inGit, seen) });
      }
    }
  }

  for (const root of roots) await walk(root, null, false);
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Paths that are new or other than before, and can run something now. Pure. */
export function newLaterRuns(before: LaterRuns, after: LaterRuns): string[] {
  return [...after].flatMap(([path, is]) => {
    const was = before.get(path);
    const same =
      was &&
      (was.bytes && is.bytes && (was.stamp === 'link') === (is.stamp === 'link')
        ? was.bytes.equals(is.bytes)
        : was.stamp === is.stamp);
    return same || is.harmless ? [] : [path];
  });
}

const isHook = (folder: string, name: string) => basename(folder) === 'hooks' && !name.endsWith('.sample');
const hasHooks = (path: string) => isHook(dirname(path), basename(path));
const gitSettings = new Set(['config', 'config.worktree', 'commondir']);

const isPlace = (folder: string, name: string, inGit: boolean): boolean =>
  name === '.git' || (inGit ? isHook(folder, name) || gitSettings.has(name) : name === '.envrc');

async function lookAt(path: string): Promise<Omit<LaterRun, 'harmless'>> {
  const stats = await lstat(path, { bigint: true });
  // A program can set the time of writing, and not the time of change.
  const stamp = `${stats.ctimeNs}:${stats.size}:${stats.ino}`;
  const mode = Number(stats.mode) & 0o777;
  if (stats.isSymbolicLink()) return { bytes: Buffer.from(await readlink(path)), stamp: 'link', mode };
  if (!stats.isFile() || stats.size > mostBytes) return { bytes: null, stamp, mode };
  return { bytes: await readFile(path), stamp, mode };
}

/** What `git init`, `git clone` and `git worktree add` leave behind runs nothing. */
function isHarmless(path: string, inGit: boolean, { bytes, stamp }: Omit<LaterRun, 'harmless'>): boolean {
  if (bytes === null || stamp === 'link') return false;
  const text = bytes.toString('utf8');
  const name = basename(path);
  if (name === '.git') {
    const names = /^gitdir: (.*)\n?$/.exec(text)?.[1]?.split('/') ?? [];
    const [git, next] = [names.indexOf('.git'), names[names.indexOf('.git') + 1]];
    // Then its settings are looked at where they lie.
    const isLookedAt = !names.slice(git + 1).some((each) => each === '.git' || neverInGit.has(each));
    return (
      isLookedAt && git >= 0 && (next === 'worktrees' || next === 'modules') && !names.some((each) => never.has(each))
    );
  }
  if (!inGit || hasHooks(path)) return false;
  // Also what holds the place for a command that runs beside this one.
  if (name === 'commondir' && text === '.\n') return true;
  if (name === 'commondir') return text === '../..\n' && basename(dirname(dirname(path))) === 'worktrees';
  return isHarmlessGitConfig(text);
}
