import { chmod, copyFile, cp, mkdir, readdir, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, parse, relative, sep } from 'node:path';
import { pathClass } from '../permission/pathRisk.ts';
import { listed, t } from '../protocol/translate.ts';
import type { ToolContext } from '../tools/tool.ts';
import { isUnchanged, type LargeCopies } from './largeLaterRuns.ts';
import { type LaterRuns, lookAtLaterRuns, newLaterRuns } from './laterRuns.ts';
import { isBelow } from './sandbox/home.ts';

interface Guarded {
  before: LaterRuns;
  /** Of what `before` holds no bytes of. */
  copies: LargeCopies;
  protectedPaths: ReadonlySet<string>;
  roots: readonly string[];
  /** Where what is removed is kept; made if needed. */
  removedFolder: string;
  askPerson: ToolContext['askPerson'];
}

const mostNames = 5;
/** The look after a command that was stopped is not stopped with it. */
const lookMs = 30_000;

/**
 * After a command in the sandbox: what it wrote that would run outside of it later is asked about, and moved away unless the
 * person keeps it; what was there before is put back. Answers a line for the model, null if there was nothing.
 */
export async function guardLaterRuns(guarded: Guarded, signal: AbortSignal): Promise<string | null> {
  const { before, copies, protectedPaths, roots, removedFolder, askPerson } = guarded;
  const after = await lookAtLaterRuns(roots, protectedPaths, AbortSignal.timeout(lookMs));
  const paths: string[] = [];
  for (const path of newLaterRuns(before, after)) if (!(await isUnchanged(copies, path))) paths.push(path);
  if (paths.length === 0) return null;
  const names = paths.slice(0, mostNames).map((path) => nameBelow(roots, path));
  const count = paths.length - names.length;
  const listedNames = listed(names);
  const shown = count > 0 ? t('{names} and {count} more', { names: listedNames, count }) : listedNames;
  const question = t('The command wrote {what}, which can run programs outside of the sandbox.', { what: shown });
  const keep = t('Keep');
  const what = `${names.join(', ')}${count > 0 ? ` and ${count} more` : ''}`;
  const wrote = `It wrote ${what}, which can run programs outside of the sandbox:`;
  if ((await askPerson(question, [t('Remove'), keep], signal)) === keep) return `${wrote} the person keeps that.`;
  const left = await Promise.all(paths.map((path) => moveAway(path, guarded).catch(() => path)));
  const stays = left.filter((path) => path !== null);
  if (stays.length > 0) return `${wrote} it could not be moved away and is still there.`;
  return `${wrote} that was moved to ${removedFolder}, and what was there before is back.`;
}

/** By the name it has, wherever a link leads. */
function nameBelow(roots: readonly string[], path: string): string {
  const root = roots.find((each) => isBelow(path, each)) ?? '';
  return join(roots.length > 1 ? basename(root) : '', relative(root, path));
}

/** Moves it out of the workspace and puts back what stood there; the path where that cannot be done. */
async function moveAway(
  path: string,
  { before, copies, roots, removedFolder }: Pick<Guarded, 'before' | 'copies' | 'roots' | 'removedFolder'>,
): Promise<string | null> {
  const was = before.get(path);
  const copy = copies.get(path);
  if (was && was.bytes === null && copy === undefined) return path;
  const kept = join(removedFolder, relative(parse(path).root, path));
  await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
  await rename(path, kept).catch(async () => {
    await cp(path, kept, { verbatimSymlinks: true });
    await rm(path);
  });
  if (was?.bytes && was.stamp === 'link') await symlink(was.bytes, path);
  else if (was?.bytes) await writeFile(path, was.bytes, { mode: was.mode });
  else if (was && copy !== undefined) {
    await copyFile(copy, path);
    await chmod(path, was.mode);
  } else await removeEmpty(dirname(path), roots);
  return null;
}

/** `.husky` and the like, when nothing is left in them. */
async function removeEmpty(folder: string, roots: readonly string[]): Promise<void> {
  const root = roots.find((each) => isBelow(folder, each));
  if (root === undefined || !pathClass(relative(root, folder).split(sep).join('/')).has('runs-code')) return;
  const removed = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (removed) await removeEmpty(dirname(folder), roots);
}

const keptDays = 30;

/** Deletes what was moved away by commands of more than 30 days ago. */
export async function deleteOldRemoved(removedFolder: string, now: Date): Promise<void> {
  for (const name of await readdir(removedFolder).catch((): string[] => [])) {
    const folder = join(removedFolder, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < now.getTime() - keptDays * 86_400_000) await rm(folder, { recursive: true, force: true });
  }
}
