import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

const chunkBytes = 4 * 2 ** 20;

/** Hash of a file in hex; throws an AbortError when the signal aborts. `onProgress` gets bytes, at most 4 times a second. */
export async function hashFile(
  path: string,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<string> {
  const { size } = await stat(path);
  const hash = createHash(algorithm);
  let done = 0;
  let saidAt = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    done += chunk.length;
    if (performance.now() - saidAt < 250) continue;
    saidAt = performance.now();
    onProgress(done, size);
  }
  onProgress(done, size);
  return hash.digest('hex');
}
