import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followHash } from '../../sidecar/models/download/followHash.ts';
import { someBytes } from '../servers/hubServer.ts';
import { temporaryFolder } from './startSidecar.ts';

const thread = resolve('dist/hashThread.mjs');
const bytes = someBytes(3_000_000);
const expected = createHash('sha256').update(bytes).digest('hex');

describe('the hash of a file that comes', function () {
  this.timeout(60_000);
  const folder = temporaryFolder('follow');
  const path = join(folder, 'file');
  const abort = new AbortController();
  const { signal } = abort;
  afterEach(() => rmSync(path, { force: true }));

  it('is that of the whole, whether it was begun before or not, with progress', async () => {
    for (const before of [null, 0, 1_200_000]) {
      if (before !== null) writeFileSync(path, bytes.subarray(0, before));
      const followed = followHash(path, signal, thread);
      for (let at = before ?? 0; at < bytes.length; at += 700_001) {
        await sleep(30);
        appendFileSync(path, bytes.subarray(at, at + 700_001));
      }
      const told: number[] = [];
      assert.equal(await followed.finish((done) => told.push(done)), expected, `${before}`);
      assert.equal(told.at(-1), bytes.length);
      await followed.close();
      rmSync(path);
    }
  });

  it('is there at once when all was written before', async () => {
    writeFileSync(path, bytes);
    const followed = followHash(path, signal, thread);
    assert.equal(await followed.finish(() => {}), expected);
    await followed.close();
  });

  it('is not there without the file, without the thread, after a cancel', async () => {
    const without = followHash(path, signal, thread);
    assert.equal(await without.finish(() => {}), null);
    writeFileSync(path, bytes);
    const threadless = followHash(path, signal, join(folder, 'gone.mjs'));
    assert.equal(await threadless.finish(() => {}), null);
    const cancelled = followHash(path, signal, thread);
    abort.abort();
    assert.equal(await cancelled.finish(() => {}), null);
    assert.equal(await followHash(path, signal, thread).finish(() => {}), null);
  });
});
