/**
 * Program of a thread that hashes a file behind the one who writes it (`followHash.ts`). Its messages are bytes hashed so
 * far, and the hash once it was told that the file is whole.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const chunkBytes = 2 ** 20;
const sayEveryMs = 250;
/** When nothing more is there yet. */
const lookEveryMs = 100;

const { path } = workerData as { path: string };
let isWhole = false;
const whole = new Promise<void>((resolve) => {
  parentPort?.once('message', () => {
    isWhole = true;
    resolve();
  });
});
/** A little time, or until the file is whole. */
const more = () => Promise.race([pause(lookEveryMs), whole]);

const file = await openWhenThere();
const hash = createHash('sha256');
const bytes = Buffer.allocUnsafeSlow(chunkBytes);
let done = 0;
let saidAt = 0;
for (;;) {
  // Asked before the read: what was written until then is read.
  const isLast = isWhole;
  const { bytesRead } = await file.read(bytes, 0, chunkBytes, done);
  hash.update(bytes.subarray(0, bytesRead));
  done += bytesRead;
  if (bytesRead === 0 && isLast) break;
  if (bytesRead === 0) await more();
  if (performance.now() - saidAt < sayEveryMs) continue;
  saidAt = performance.now();
  parentPort?.postMessage(done);
}
await file.close();
parentPort?.postMessage(done);
parentPort?.postMessage(hash.digest('hex'));

async function openWhenThere(): Promise<FileHandle> {
  for (;;) {
    const opened = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && !isWhole) return null;
      throw error;
    });
    if (opened) return opened;
    await more();
  }
}
