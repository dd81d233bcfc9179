import { open, readFile, rm, stat } from 'node:fs/promises';

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
      const handle = await open(path, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      held.add(path);
      return () => {
        held.delete(path);
        return rm(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await abandoned(path)) await rm(path, { force: true });
    else {
      onWait();
      await pause(pollMs, signal);
    }
  }
}

async function abandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found) return false;
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
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
