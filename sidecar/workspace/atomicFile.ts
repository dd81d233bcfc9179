import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A text that is safely on disk beside its target and becomes it in one step. */
export interface StagedFile {
  readonly path: string;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes `bytes` beside `path`, flushed, with the mode (and where allowed the owner) of the file that is there now, else `mode`.
 * `path` must be real: a link would be replaced by a file.
 */
export async function stageFile(path: string, bytes: Uint8Array, mode = 0o666): Promise<StagedFile> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.devstral-${process.pid}-${randomBytes(4).toString('hex')}.tmp`,
  );
  const target = await stat(path).catch(() => null);
  const file = await open(temporary, 'wx', target ? target.mode & 0o777 : mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    if (target) {
      // Before chmod: a change of owner clears set-user-id.
      await chown(temporary, target.uid, target.gid).catch(() => undefined);
      await chmod(temporary, target.mode & 0o7777);
    }
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  return {
    path,
    async commit() {
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    discard: () => rm(temporary, { force: true }),
  };
}

/** Replaces or creates a file in one step; missing folders are made. `mode` is that of a new file. */
export async function writeFileAtomic(path: string, bytes: Uint8Array, mode?: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await (await stageFile(path, bytes, mode)).commit();
}

/** Removes what a killed process staged beside `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const start = `.${basename(path)}.devstral-`;
  const names = await readdir(dirname(path)).catch((): string[] => []);
  for (const name of names) {
    const pid = /^(\d+)-[\da-f]{8}\.tmp$/.exec(name.slice(start.length))?.[1];
    if (!name.startsWith(start) || pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(dirname(path), name), { force: true });
  }
}

/** Makes a rename or a new name survive a power cut. Windows has no such call. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some network file systems refuse it; the rename itself has happened.
  } finally {
    await handle.close();
  }
}

/** Whether a process with this id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What a clock may have been set by since. */
const clockSlackMs = 10 * 60 * 1000;

/** Whether the process that wrote its id then still runs; after a start of the computer the number is another's. */
export function isStillWriter(pid: number, writtenAtMs: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  return writtenAtMs > Date.now() - uptime() * 1000 - clockSlackMs;
}
