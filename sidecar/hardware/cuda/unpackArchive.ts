import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';

const sayEveryMs = 250;

/**
 * Unpacks an npm package's archive into a folder, without the folder that is in all of them, and waits until it is on the
 * disk. `onProgress` gets bytes of the archive, at most 4 times a second. Throws an AbortError when the signal aborts.
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  let saidAt = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      if (performance.now() - saidAt >= sayEveryMs) {
        saidAt = performance.now();
        onProgress(done);
      }
      next(null, chunk);
    },
  });
  const source = createReadStream(archive, { highWaterMark: 2 ** 20 });
  await pipeline(source, meter, createGunzip(), unpackTar(folder, { strip: 1 }), { signal });
  onProgress(done);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const handle = await open(join(entry.parentPath, entry.name), 'r+');
    await handle.sync().finally(() => handle.close());
  }
}
