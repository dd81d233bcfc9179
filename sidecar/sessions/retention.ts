import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSessionId, sessionFiles } from './sessionFiles.ts';
import { lockSession, writerOf } from './sessionLog.ts';

export interface Retention {
  days: number;
  /** Of all sessions of all workspaces, with their checkpoints. */
  bytes: number;
}

export const defaultRetention: Retention = { days: 30, bytes: 1e9 };

const dayMs = 24 * 60 * 60 * 1000;

interface Kept {
  folder: string;
  id: string;
  changedAt: number;
  bytes: number;
}

/**
 * Deletes sessions that nobody wrote to for so long, then the oldest until the rest is small enough. A session that is
 * open in a process, or has edits that wait for a review, stays. Answers the ids of what went. `sessions` is the folder of all workspaces.
 */
export async function applyRetention(
  sessions: string,
  { days, bytes }: Retention,
  now = Date.now(),
): Promise<string[]> {
  const all: Kept[] = [];
  for (const name of await readdir(sessions).catch((): string[] => [])) {
    const folder = join(sessions, name);
    await removeLost(folder, now);
    all.push(...(await keptIn(folder)));
  }
  all.sort((a, b) => a.changedAt - b.changedAt);
  let total = all.reduce((sum, one) => sum + one.bytes, 0);
  const gone: string[] = [];
  for (const one of all) {
    if (now - one.changedAt <= days * dayMs && total <= bytes) continue;
    if (await isThere(sessionFiles(one.folder, one.id).staged)) continue;
    if ((await deleteSession(one.folder, one.id)) !== null) continue;
    total -= one.bytes;
    gone.push(one.id);
  }
  return gone;
}

/** Deletes a session with its checkpoints; answers the process that has it open, if there is one. */
export async function deleteSession(folder: string, id: string): Promise<number | null> {
  const files = sessionFiles(folder, id);
  const unlock = await lockSession(files.log);
  if (typeof unlock === 'number') return unlock;
  await rm(files.log, { force: true });
  await rm(files.folder, { recursive: true, force: true });
  await unlock();
  return null;
}

/** What a crash in the middle of a delete left. */
async function removeLost(folder: string, now: number): Promise<void> {
  const names = new Set(await readdir(folder).catch((): string[] => []));
  for (const name of names) {
    const id = name.replace(/\.jsonl\.lock$/, '');
    if (!isSessionId(id) || names.has(`${id}.jsonl`)) continue;
    const { folder: lost, log } = sessionFiles(folder, id);
    // One that is being made has its lock first.
    const changed = await stat(join(folder, name)).catch(() => null);
    if (changed === null || now - changed.mtimeMs < dayMs || (await writerOf(log)) !== null) continue;
    await rm(lost, { recursive: true, force: true });
    await rm(`${log}.lock`, { force: true });
  }
}

async function keptIn(folder: string): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const id = name.endsWith('.jsonl') ? name.slice(0, -'.jsonl'.length) : '';
    if (!isSessionId(id)) continue;
    const files = sessionFiles(folder, id);
    const log = await stat(files.log).catch(() => null);
    if (log) found.push({ folder, id, changedAt: log.mtimeMs, bytes: log.size + (await folderSize(files.folder)) });
  }
  return found;
}

/** Bytes of all files below a folder. */
export async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

/** Whether something is at a path. */
export const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
