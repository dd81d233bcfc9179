import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';

const pollMs = 500;
/** Locks of this process: a file with our number that is not among them is from an earlier process. */
const held = new Set<string>();

/**
 * Keeps two processes (the editor and a terminal) from writing one file at once. Waits while another holds the lock;
 * a lock whose process has died is taken over. Null when the signal aborted first. Call what it answers to let go.
 */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  onWait: () => void,
): Promise<(() => Promise<void>) | null> {
  for (;;) {
    if (signal.aborted) return null;
    try {
      await create(path);
      return () => {
        held.delete(path);
        return rm(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await abandoned(path, path)) await takeAway(path);
    else {
      onWait();
      await pause(pollMs, signal);
    }
  }
}

/** Whether a process that is alive holds a lock. */
export async function isLocked(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null && !(await abandoned(path, path));
}

async function create(path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  held.add(path);
  try {
    await handle.writeFile(String(process.pid));
  } catch (error) {
    // A full disk: without its number the lock would be in the way.
    held.delete(path);
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Removes an abandoned lock, but not the one that another process may have put there since it was looked at. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}.${process.pid}.old`;
  try {
    await rename(path, aside);
  } catch {
    // Taken away by another.
    return;
  }
  if (!(await abandoned(aside, path))) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** `file` is the lock, or the lock set aside, of `path`. */
async function abandoned(file: string, path: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (!found) return false;
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  // The process that made it may not have written its number yet.
  if (!pid) return Date.now() - found.mtimeMs > 10_000;
  if (pid === process.pid) return !held.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Waits, but not past an abort. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
