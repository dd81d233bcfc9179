import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import type { CatalogEntry } from '../../sidecar/models/catalog/starter.ts';
import { addModelFile } from '../../sidecar/models/download/addModelFile.ts';
import { ensureModelFile, modelFilePath } from '../../sidecar/models/download/ensureModelFile.ts';
import { verifyModelFile } from '../../sidecar/models/download/verifyFile.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import { tinyModel } from '../models/modelFiles.ts';

const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 251));
const entry: CatalogEntry = {
  id: 'test',
  name: 'Test',
  title: 'Test',
  repo: 'someone/something',
  file: 'model.gguf',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  licence: 'MIT',
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Sends the file as the hub does: whole, or from the byte asked for. */
const serve: Handler = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(request.headers.range ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(request.headers.range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.end(bytes.subarray(from));
};

/** As `serve`, but the connection breaks once the receiver has so many bytes more (or all of them) on its disk. */
const cutAfter =
  (count: number, part: string): Handler =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(request.headers.range ? 206 : 200, {
      'content-length': bytes.length - from,
      ...(request.headers.range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.write(bytes.subarray(from, from + count));
    const timer = setInterval(() => {
      const there = statSync(part, { throwIfNoEntry: false })?.size ?? -1;
      // The part is gone under this name once the file is whole.
      const arrived = there >= Math.min(from + count, bytes.length);
      if (!arrived && !response.writableFinished && !response.destroyed) return;
      clearInterval(timer);
      response.destroy();
    }, 2);
  };

describe('download of a model', function () {
  this.timeout(60_000);
  let folder: string;
  let handler: Handler = serve;
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  const before_ = { hub: process.env.HF_ENDPOINT, token: process.env.HF_TOKEN };
  let origin = '';

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-download-'));
    handler = serve;
    requests.length = 0;
    process.env.HF_ENDPOINT = origin;
    delete process.env.HF_TOKEN;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(() => {
    for (const [name, value] of [
      ['HF_ENDPOINT', before_.hub],
      ['HF_TOKEN', before_.token],
    ] as const) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    server.closeAllConnections();
    server.close();
  });

  type More = {
    offline?: boolean;
    signal?: AbortSignal;
    freeSpace?: () => Promise<number>;
    see?: (progress: TurnProgress) => void;
  };
  const ensure = ({ offline = false, signal = new AbortController().signal, freeSpace, see = () => {} }: More = {}) =>
    ensureModelFile(entry, {
      folder,
      dataFolder: folder,
      offline,
      proxy: { url: '', noProxy: [], strictTls: true },
      signal,
      onProgress: see,
      hashThread: resolve('dist/hashThread.mjs'),
      retryDelaysMs: [1],
      ...(freeSpace ? { freeSpace } : {}),
    });
  const path = () => modelFilePath(entry, folder);
  const part = () => `${path()}.part`;
  const isWhole = () => assert.deepEqual(readFileSync(path()), bytes);

  async function failsWith(code: string, more?: More) {
    const result = await ensure(more);
    assert.ok(result.kind === 'failed', JSON.stringify(result));
    assert.equal(result.problem.code, code);
    assert.equal(existsSync(path()), false);
    return result.problem;
  }

  it('fetches, checks and names the file, with progress', async () => {
    const seen: TurnProgress[] = [];
    assert.deepEqual(await ensure({ see: (progress) => seen.push(progress) }), { kind: 'ready', path: path() });
    isWhole();
    assert.equal(requests[0]!.url, '/someone/something/resolve/main/model.gguf');
    assert.equal(existsSync(part()), false);
    const last = seen.findLast((progress) => progress.phase === 'downloading');
    assert.ok(last?.phase === 'downloading' && last.received === bytes.length && last.total === bytes.length);
    assert.ok(seen.some((progress) => progress.phase === 'verifying' && progress.done === bytes.length));
  });

  it('neither asks nor reads again for a file that it has checked', async () => {
    await ensure();
    requests.length = 0;
    const seen: TurnProgress[] = [];
    assert.equal((await ensure({ see: (progress) => seen.push(progress), offline: true })).kind, 'ready');
    assert.deepEqual([requests.length, seen.length], [0, 0]);
  });

  it('reads a checked file again once it was changed, and gets another', async () => {
    await ensure();
    const changed = Buffer.from(bytes);
    changed[123] = (changed[123]! + 1) % 256;
    writeFileSync(path(), changed);
    await failsWith('modelFileDamaged');
    assert.equal((await ensure()).kind, 'ready');
    isWhole();
  });

  it('goes on where the connection broke, wherever that was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: bytes.length - 1 }),
        async (first, second) => {
          rmSync(path(), { force: true });
          requests.length = 0;
          handler = (request, response) => {
            if (requests.length === 1) cutAfter(first, part())(request, response);
            else if (requests.length === 2) cutAfter(second, part())(request, response);
            else serve(request, response);
          };
          assert.equal((await ensure()).kind, 'ready');
          isWhole();
          for (const request of requests.slice(1)) assert.match(request.headers.range ?? '', /^bytes=\d+-$/);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('goes on from what an earlier process left', async () => {
    writeFileSync(part(), bytes.subarray(0, 12_345));
    assert.equal((await ensure()).kind, 'ready');
    assert.equal(requests[0]!.headers.range, 'bytes=12345-');
    isWhole();
  });

  it('starts over when the server knows no ranges', async () => {
    writeFileSync(part(), Buffer.alloc(12_345, 'x'));
    handler = (_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    assert.equal((await ensure()).kind, 'ready');
    isWhole();
  });

  it('starts over when the server has no such range', async () => {
    writeFileSync(part(), Buffer.alloc(100, 'x'));
    handler = (request, response) => {
      if (request.headers.range) response.writeHead(416).end();
      else serve(request, response);
    };
    assert.equal((await ensure()).kind, 'ready');
    isWhole();
  });

  it('keeps what it has when the connection stays lost', async () => {
    handler = (request, response) =>
      requests.length === 1 ? cutAfter(5000, part())(request, response) : response.destroy();
    const lost = await failsWith('networkLost');
    assert.match(lost.title, /127\.0\.0\.1/);
    assert.match(lost.sentence, /5 KB/);
    handler = serve;
    assert.equal((await ensure()).kind, 'ready');
    assert.equal(requests.at(-1)!.headers.range, 'bytes=5000-');
  });

  it('drops a file with another checksum', async () => {
    handler = (_request, response) => response.end(Buffer.alloc(bytes.length, 'x'));
    await failsWith('modelFileDamaged');
    assert.equal(existsSync(part()), false);
  });

  it('drops an answer that does not end', async () => {
    handler = (_request, response) => response.end(Buffer.concat([bytes, bytes]));
    await failsWith('modelFileDamaged');
    assert.equal(existsSync(part()), false);
  });

  it('says why the hub refuses', async () => {
    for (const [status, code] of [
      [401, 'hubRefused'],
      [403, 'hubRefused'],
      [404, 'serverRefused'],
      [500, 'serverRefused'],
    ] as const) {
      handler = (_request, response) => response.writeHead(status).end('<html>no</html>');
      await failsWith(code);
    }
  });

  it('says that nobody answers', async () => {
    process.env.HF_ENDPOINT = 'http://127.0.0.1:9';
    await failsWith('networkLost');
  });

  it('asks for nothing when it is offline', async () => {
    await failsWith('offline', { offline: true });
    assert.equal(requests.length, 0);
  });

  it('looks for room first', async () => {
    const full = await failsWith('diskFull', { freeSpace: async () => 1000 });
    assert.match(full.sentence, /40 KB needed in .*, 1 KB free/);
    assert.equal(requests.length, 0);
  });

  it('can be cancelled and goes on later', async () => {
    const abort = new AbortController();
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 9000), () => setTimeout(() => abort.abort(), 50));
    };
    assert.equal((await ensure({ signal: abort.signal })).kind, 'cancelled');
    assert.deepEqual(readFileSync(part()), bytes.subarray(0, 9000));
    handler = serve;
    assert.equal((await ensure()).kind, 'ready');
    assert.equal(requests.at(-1)!.headers.range, 'bytes=9000-');
    isWhole();
  });

  it('sends the token to the hub only, not where the hub sends it on to', async () => {
    process.env.HF_TOKEN = 'hf_secret';
    const elsewhere: IncomingMessage[] = [];
    const storage = createServer((request, response) => {
      elsewhere.push(request);
      serve(request, response);
    });
    await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve));
    const { port } = storage.address() as AddressInfo;
    handler = (request, response) => {
      const location = request.url?.includes('again') ? `http://127.0.0.1:${port}/blob` : '/again';
      response.writeHead(302, { location }).end();
    };
    assert.equal((await ensure()).kind, 'ready');
    storage.closeAllConnections();
    storage.close();
    assert.deepEqual(
      requests.map((request) => request.headers.authorization),
      ['Bearer hf_secret', 'Bearer hf_secret'],
    );
    assert.deepEqual(
      elsewhere.map((request) => request.headers.authorization),
      [undefined],
    );
    isWhole();
  });

  it('fetches once when two want it', async () => {
    const results = await Promise.all([ensure(), ensure()]);
    assert.deepEqual(
      results.map((result) => result.kind),
      ['ready', 'ready'],
    );
    assert.equal(requests.length, 1);
    assert.equal(existsSync(`${path()}.lock`), false);
  });

  it('takes over the lock of a process that is gone', async () => {
    writeFileSync(`${path()}.lock`, '4194304');
    assert.equal((await ensure()).kind, 'ready');
  });

  it('verifies a file without changing it', async () => {
    const signal = new AbortController().signal;
    const verify = () => verifyModelFile(entry, path(), { dataFolder: folder, onProgress: () => {}, signal });
    const code = async () => {
      const result = await verify();
      return result.kind === 'failed' ? result.problem.code : result.kind;
    };
    assert.equal(await code(), 'modelFileGone');
    writeFileSync(path(), bytes.subarray(0, 100));
    assert.equal(await code(), 'modelFileIncomplete');
    writeFileSync(path(), Buffer.alloc(bytes.length));
    assert.equal(await code(), 'modelFileDamaged');
    writeFileSync(path(), bytes);
    assert.equal(await code(), 'ready');
  });

  it('adds a file fetched by hand, and only a model', async () => {
    const models = join(folder, 'models');
    const add = (file: string) =>
      addModelFile(file, {
        folder: models,
        dataFolder: folder,
        onProgress: () => {},
        signal: new AbortController().signal,
      });
    const tiny = tinyModel(folder);
    assert.deepEqual(await add(tiny), { kind: 'ready', path: join(models, 'tiny.gguf') });
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), readFileSync(tiny));
    assert.equal((await add(tiny)).kind, 'ready');
    const text = join(folder, 'notes.gguf');
    writeFileSync(text, 'not a model');
    const refused = await add(text);
    assert.ok(refused.kind === 'failed' && refused.problem.code === 'modelFileUnknown');
    const cut = await add(tinyModel(folder, (whole) => whole.subarray(0, 2_000_000), 'cut.gguf'));
    assert.ok(cut.kind === 'failed' && cut.problem.code === 'modelFileIncomplete');
    assert.equal(existsSync(join(models, 'cut.gguf')), false);
  });
});
