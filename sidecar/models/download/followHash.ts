import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** The hash of a file that is being written. */
export interface FollowedHash {
  /**
   * The file is whole: its SHA-256 in hex. `onProgress` gets bytes, at most 4 times a second. Null if there is none (no
   * thread, a disk that fails, the signal).
   */
  finish(onProgress: (done: number) => void): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * Hashes a file on a thread of its own while it grows, so that a download is checked when it is there: 14 GB take half a
 * minute to read and hash. Where the file was cut meanwhile and begun anew, the hash is of no file: one that is not the
 * expected says nothing, the file has to be read again. `entry` is the bundle of `hashThread.ts`.
 */
export function followHash(path: string, signal: AbortSignal, entry = usualEntry()): FollowedHash {
  const thread = new Worker(entry, { workerData: { path } });
  let tell = (_done: number): void => {};
  const hash = new Promise<string | null>((resolve) => {
    thread.on('message', (message: number | string) =>
      typeof message === 'number' ? tell(message) : resolve(message),
    );
    thread.once('error', () => resolve(null));
    thread.once('exit', () => resolve(null));
  });
  const end = () => void thread.terminate();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return {
    finish(onProgress) {
      tell = onProgress;
      thread.postMessage('whole');
      return hash;
    },
    async close() {
      signal.removeEventListener('abort', end);
      await thread.terminate();
    },
  };
}

const usualEntry = (): string => fileURLToPath(new URL('./hashThread.mjs', import.meta.url));
