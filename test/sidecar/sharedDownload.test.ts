import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  modelDownload,
  modelDownloads,
  modelList,
  modelPauseDownload,
  type UnfinishedDownload,
} from '../../sidecar/protocol/models.ts';
import { type HubServer, holdStorage, rangeOf, startHubServer } from '../servers/hubServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from './startSidecar.ts';

const repo = 'tests/Devstral-Tiny-GGUF';
const [first, second] = ['first-Q4_K_M.gguf', 'second-Q5_K_M.gguf'];
const bytes = gunzipSync(readFileSync(join('test', 'fixtures', 'tiny-devstral.gguf.gz')));
const half = Math.floor(bytes.length / 2);

async function until<T>(what: string, read: () => T | undefined | false, ms = 15_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = read();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe('a download that several windows see', function () {
  this.timeout(60_000);
  let hub: HubServer;
  const home = temporaryFolder('shared');
  const sidecars: TestSidecar[] = [];

  before(async () => {
    hub = await startHubServer(repo, { [first]: bytes, [second]: bytes });
  });
  afterEach(async () => {
    for (const sidecar of sidecars.splice(0)) await sidecar.stop();
  });
  after(() => hub.close());

  async function start(): Promise<TestSidecar> {
    const env = { HF_ENDPOINT: hub.url, HF_HOME: join(home, 'hf'), OLLAMA_MODELS: join(home, 'ollama'), HOME: home };
    const sidecar = await startSidecar({ folder: home, home, env });
    sidecars.push(sidecar);
    return sidecar;
  }

  const shown = ({ statuses }: TestSidecar, holds: (download: UnfinishedDownload) => boolean) =>
    until('the download in the status', () => statuses.at(-1)?.downloads?.find(holds));

  it('shows in the other window with its numbers; who asks for it too goes on where the first stops', async () => {
    const [one, other] = [await start(), await start()];
    const id = `${repo}:${first}`;
    const held = holdStorage(hub, first, half);
    const download = one.request(modelDownload, { id });
    const here = await shown(one, ({ runs, received }) => runs === 'here' && received === half);
    assert.deepEqual({ id: here.id, total: here.total }, { id, total: bytes.length });
    const elsewhere = await shown(other, ({ runs, received }) => runs === 'elsewhere' && received === half);
    assert.equal(elsewhere.total, bytes.length);
    assert.deepEqual(await other.request(modelPauseDownload, { id }), { paused: false });

    const same = other.request(modelDownload, { id });
    await until('progress in the second window', () =>
      other.progress.some(({ progress }) => progress.phase === 'downloading' && progress.received === half),
    );
    assert.equal(hub.storageRequests.length, 1);
    assert.deepEqual(await one.request(modelPauseDownload, { id }), { paused: true });
    assert.deepEqual(await download, { ready: false });
    await until('the second request', () => hub.storageRequests.length === 2);
    held.release();
    assert.deepEqual(await same, { ready: true });
    assert.deepEqual(hub.storageRequests.map(rangeOf), [0, half]);
    await until('the end in both', () =>
      [one, other].every(({ statuses }) => statuses.at(-1)?.downloads?.length === 0),
    );
  });

  it('is there after a crash, with what is here of it, and can be resumed', async () => {
    const before = hub.storageRequests.length;
    const one = await start();
    const held = holdStorage(hub, second, half);
    const download = one.request(modelDownload, { id: `${repo}:Q5_K_M` }).catch(() => 'gone');
    await shown(one, ({ received }) => received === half);
    one.child.kill('SIGKILL');
    one.connection.dispose();
    void download;
    held.release();

    const next = await start();
    const left = await shown(next, ({ runs }) => runs === 'no');
    assert.deepEqual([left.received, left.total], [half, bytes.length]);
    const { models } = await next.request(modelList, {});
    const entry = models.find((each) => each.download);
    assert.equal(entry?.group, 'canBeDownloaded');
    assert.match(entry.detail, /^1\.7 MB of 3\.4 MB are here/);
    assert.deepEqual(await next.request(modelDownload, { id: left.id }), { ready: true });
    assert.deepEqual(hub.storageRequests.slice(before).map(rangeOf), [0, half]);
    assert.deepEqual(await next.request(modelDownloads, {}), { downloads: [] });
  });
});
