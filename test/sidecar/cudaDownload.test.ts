import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cudaRoot, hasOtherCuda, installedCuda } from '../../sidecar/hardware/cuda/cudaFolder.ts';
import { type CudaOptions, provideCuda } from '../../sidecar/hardware/cuda/provideCuda.ts';
import { removeCuda } from '../../sidecar/hardware/cuda/removeCuda.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import { type RegistryServer, sendArchive, startRegistry } from '../servers/registryServer.ts';
import { temporaryFolder } from './startSidecar.ts';

describe('download of the CUDA engine', function () {
  this.timeout(30_000);
  const before_ = process.env.npm_config_registry;
  let registry: RegistryServer;
  let folder: string;
  const root = () => cudaRoot(folder);
  const part = (name: string) => join(root(), `1.2.3-${name}.tgz.part`);

  beforeEach(async () => {
    registry = await startRegistry();
    folder = temporaryFolder('cuda');
    process.env.npm_config_registry = registry.url;
  });
  afterEach(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });
  after(() => {
    if (before_ === undefined) delete process.env.npm_config_registry;
    else process.env.npm_config_registry = before_;
  });

  const provide = (more: Partial<CudaOptions> = {}) =>
    provideCuda({
      dataFolder: folder,
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      signal: new AbortController().signal,
      onProgress: () => {},
      engine: registry.engine,
      retryDelaysMs: [1],
      ...more,
    });
  const provides = async (more: Partial<CudaOptions> = {}) => {
    assert.deepEqual(await provide(more), { kind: 'ready', folder: join(root(), '1.2.3'), fetched: true });
    assert.deepEqual(readdirSync(root()), ['1.2.3']);
    for (const { name } of registry.engine.packages) {
      assert.equal(readFileSync(join(root(), '1.2.3', name, 'package.json'), 'utf8'), `{"name":"${name}"}`);
      assert.equal(statSync(join(root(), '1.2.3', name, 'bins', 'library.so')).size, 40_000);
    }
  };
  async function failsWith(code: string, more: Partial<CudaOptions> = {}) {
    const result = await provide(more);
    assert.ok(result.kind === 'failed', JSON.stringify(result));
    assert.equal(result.problem.code, code);
    assert.equal(installedCuda(folder, registry.engine), null);
    return result.problem;
  }

  it('fetches both packages, checks and unpacks them, with progress', async () => {
    const seen: TurnProgress[] = [];
    await provides({ onProgress: (progress) => seen.push(progress) });
    const total = registry.engine.packages.reduce((sum, { size }) => sum + size, 0);
    const received = seen.flatMap((each) => (each.phase === 'downloading' ? [each.received] : []));
    assert.deepEqual(
      received,
      received.toSorted((a, b) => a - b),
    );
    assert.equal(received.at(-1), total);
    for (const phase of ['verifying', 'unpacking'] as const) {
      const last = seen.findLast((each) => each.phase === phase);
      assert.deepEqual(last, { phase, name: 'CUDA engine', done: total, total });
    }
    assert.deepEqual(
      registry.requests.map(({ url }) => url),
      [...registry.archives.keys()],
    );
  });

  it('asks nobody for what is there', async () => {
    await provides();
    registry.requests.length = 0;
    assert.deepEqual(await provide({ offline: true }), {
      kind: 'ready',
      folder: join(root(), '1.2.3'),
      fetched: false,
    });
    assert.equal(registry.requests.length, 0);
  });

  it('unpacks nothing whose checksum is another', async () => {
    registry.handler = (_request, response, bytes) => response.end(Buffer.alloc(bytes.length, 'x'));
    const { sentence } = await failsWith('downloadDamaged');
    assert.match(sentence, /linux-x64-cuda is not the published one/);
    assert.deepEqual(readdirSync(root()), []);
  });

  it('fetches once more where the beginning on the disk is damaged', async () => {
    mkdirSync(root(), { recursive: true });
    writeFileSync(part('linux-x64-cuda'), Buffer.alloc(1000, 'x'));
    await provides();
    assert.equal(registry.requests[0]?.headers.range, 'bytes=1000-');
  });

  it('goes on where the connection broke', async () => {
    registry.handler = (request, response, bytes) => {
      if (registry.requests.length > 1) return sendArchive(request, response, bytes);
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 5000));
      const timer = setInterval(() => {
        if (!existsSync(part('linux-x64-cuda')) || statSync(part('linux-x64-cuda')).size < 5000) return;
        clearInterval(timer);
        response.destroy();
      }, 2);
    };
    await provides();
    assert.equal(registry.requests[1]?.headers.range, 'bytes=5000-');
    assert.equal(registry.requests.length, 3);
  });

  it('can be cancelled and goes on later, with the second package too', async () => {
    const abort = new AbortController();
    registry.handler = (request, response, bytes) => {
      if (registry.requests.length === 1) return sendArchive(request, response, bytes);
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 9000), () => setTimeout(() => abort.abort(), 50));
    };
    assert.deepEqual(await provide({ signal: abort.signal }), { kind: 'cancelled' });
    assert.equal(statSync(part('linux-x64-cuda-ext')).size, 9000);
    assert.equal(existsSync(join(root(), 'lock')), false);
    registry.handler = sendArchive;
    registry.requests.length = 0;
    await provides();
    assert.deepEqual(
      registry.requests.map(({ headers }) => headers.range),
      ['bytes=9000-'],
    );
  });

  it('can be cancelled while it unpacks', async () => {
    const abort = new AbortController();
    const onProgress = ({ phase }: TurnProgress) => phase === 'unpacking' && abort.abort();
    assert.deepEqual(await provide({ signal: abort.signal, onProgress }), { kind: 'cancelled' });
    assert.equal(installedCuda(folder, registry.engine), null);
    assert.equal(existsSync(join(root(), '1.2.3.new')), false);
    registry.requests.length = 0;
    await provides();
    assert.equal(registry.requests.length, 0);
  });

  it('looks first for room for the archives and all that is in them', async () => {
    const { packages } = registry.engine;
    const need = packages.reduce((sum, { size, unpacked }) => sum + size + unpacked, 0);
    await failsWith('diskFull', { freeSpace: async () => need + 100e6 - 1 });
    assert.equal(registry.requests.length, 0);
    await provides({ freeSpace: async () => need + 100e6 });
  });

  it('says why it cannot', async () => {
    await failsWith('cudaNotHere', { engine: null });
    await failsWith('offline', { offline: true });
    process.env.npm_config_registry = 'somewhere';
    await failsWith('internal');
    assert.equal(registry.requests.length, 0);
    process.env.npm_config_registry = registry.url;
    registry.handler = (_request, response) => response.writeHead(403).end();
    await failsWith('serverRefused');
    process.env.npm_config_registry = 'http://127.0.0.1:9/';
    await failsWith('networkLost');
  });

  it('sends name and password of the registry to it alone, and never says them', async () => {
    const elsewhere = await startRegistry();
    process.env.npm_config_registry = registry.url.replace('http://', 'http://me:s%40cret@');
    registry.handler = (_request, response) => response.writeHead(503).end();
    assert.doesNotMatch(JSON.stringify(await failsWith('serverBusy')), /cret/);
    registry.handler = (request, response) =>
      response.writeHead(302, { location: `${elsewhere.url}${request.url}` }).end();
    await provides();
    elsewhere.close();
    const logins = (from: RegistryServer) => [...new Set(from.requests.map(({ headers }) => headers.authorization))];
    assert.deepEqual(logins(registry), [`Basic ${Buffer.from('me:s@cret').toString('base64')}`]);
    assert.deepEqual(logins(elsewhere), [undefined]);
  });

  it('is fetched once when two windows want it', async () => {
    const results = await Promise.all([provide(), provide()]);
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['ready', 'ready'],
    );
    assert.equal(registry.requests.length, 2);
  });

  it('takes the place of an earlier version', async () => {
    mkdirSync(join(root(), '1.2.2', 'linux-x64-cuda'), { recursive: true });
    assert.equal(installedCuda(folder, registry.engine), null);
    assert.equal(hasOtherCuda(folder, registry.engine), true);
    await provides();
    assert.equal(hasOtherCuda(folder, registry.engine), false);
  });

  it('is removed, but not while somebody fetches it', async () => {
    assert.deepEqual(await removeCuda(folder), { kind: 'absent' });
    let refused: Awaited<ReturnType<typeof removeCuda>> | undefined;
    registry.handler = async (request, response, bytes) => {
      refused = await removeCuda(folder);
      sendArchive(request, response, bytes);
    };
    await provides();
    assert.ok(refused?.kind === 'failed' && refused.problem.code === 'cudaInUse');
    const removed = await removeCuda(folder);
    assert.ok(removed.kind === 'removed' && removed.bytes > 80_000, JSON.stringify(removed));
    assert.deepEqual(readdirSync(folder), []);
  });
});
