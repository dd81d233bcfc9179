import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { acceptLicence } from '../../sidecar/models/catalog/acceptedLicences.ts';
import { catalogModel } from '../../sidecar/models/catalog/catalog.ts';
import { begunDownloads, installedModels } from '../../sidecar/models/catalog/installedModels.ts';
import { listHubFiles } from '../../sidecar/models/download/hubApi.ts';
import { type Provided, type ProvideOptions, provideModel } from '../../sidecar/models/download/provideModel.ts';
import { removeModel } from '../../sidecar/models/download/removeModel.ts';
import { createDispatcher } from '../../sidecar/models/http.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import { type HubServer, rangeOf, sendBytes, sha256, someBytes, startHubServer } from '../servers/hubServer.ts';
import { temporaryFolder } from './startSidecar.ts';

const repo = 'someone/Tiny-GGUF';
const small = someBytes(30_000);
const parts = [1, 2, 3].map((n) => someBytes(10_000 + n, n));
const partName = (n: number) => `Q8_0/tiny-Q8_0-0000${n}-of-00003.gguf`;

describe('models of the hub', function () {
  this.timeout(60_000);
  let server: HubServer;
  let folder: string;
  const names = ['HF_ENDPOINT', 'HF_HOME', 'HF_TOKEN'];
  const environment = names.map((name) => [name, process.env[name]] as const);

  beforeEach(async () => {
    server = await startHubServer(repo, {
      'tiny-Q4_K_M.gguf': small,
      'mmproj-F16.gguf': someBytes(500),
      [partName(2)]: parts[1]!,
      [partName(1)]: parts[0]!,
      [partName(3)]: parts[2]!,
    });
    folder = temporaryFolder('hub');
    process.env.HF_ENDPOINT = server.url;
    process.env.HF_HOME = join(folder, 'hf');
    delete process.env.HF_TOKEN;
  });
  afterEach(() => {
    server.close();
    for (const [name, value] of environment) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const provide = (name: string, more: Partial<ProvideOptions> = {}): Promise<Provided> =>
    provideModel(name, {
      cwd: folder,
      folder: join(folder, 'models'),
      dataFolder: join(folder, 'data'),
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      signal: new AbortController().signal,
      onProgress: () => {},
      retryDelaysMs: [1, 1],
      find: async () => [],
      ...more,
    });
  const place = join('models', 'someone--Tiny-GGUF');
  const smallPath = () => join(folder, place, 'tiny-Q4_K_M.gguf');
  async function failsWith(code: string, name = `${repo}:Q4_K_M`, more: Partial<ProvideOptions> = {}) {
    const result = await provide(name, more);
    assert.ok(result.kind === 'failed', JSON.stringify(result));
    assert.equal(result.problem.code, code);
    assert.equal(existsSync(smallPath()), false);
    return result.problem;
  }
  const isReady = async (name = `${repo}:Q4_K_M`) => {
    assert.deepEqual(await provide(name), { kind: 'ready', path: smallPath(), from: 'hub' });
    assert.deepEqual(readFileSync(smallPath()), small);
  };

  it('lists all pages of a repository at one commit', async () => {
    server.pageSize = 2;
    const { signal } = new AbortController();
    const dispatcher = createDispatcher({ proxy: { url: '', noProxy: [], strictTls: true } });
    const tree = await listHubFiles(repo, { dispatcher, signal });
    assert.ok(tree.kind === 'listed');
    assert.equal(tree.commit, server.commit);
    assert.equal(tree.licence, 'apache-2.0');
    assert.deepEqual(tree.files.map(({ path }) => path).sort(), ['README.md', ...server.files.keys()].sort());
    assert.equal(server.requests.length, 5);
    await dispatcher.destroy();
  });

  it('fetches the usual file of a repository at the pinned commit, and not again', async () => {
    await isReady(repo);
    assert.equal(server.requests.at(-1)!.url, `/${repo}/resolve/${server.commit}/tiny-Q4_K_M.gguf`);
    server.requests.length = 0;
    for (const offline of [false, true]) {
      assert.deepEqual(await provide(repo, { offline }), { kind: 'ready', path: smallPath(), from: 'installed' });
    }
    assert.equal(server.requests.length, 0);
    assert.deepEqual(readdirSync(join(folder, place)), ['tiny-Q4_K_M.gguf', 'tiny-Q4_K_M.gguf.published.json']);
  });

  it('fetches a split model as one, with one progress', async () => {
    const seen: TurnProgress[] = [];
    const path = join(folder, place, partName(1));
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const result = await provide(`${repo}:Q8_0`, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(result, { kind: 'ready', path, from: 'hub' });
    parts.forEach((part, i) => {
      assert.deepEqual(readFileSync(join(folder, place, partName(i + 1))), part);
    });
    const received = seen.flatMap((progress) => (progress.phase === 'downloading' ? [progress.received] : []));
    assert.deepEqual(
      received,
      received.toSorted((a, b) => a - b),
    );
    assert.equal(received.at(-1), total);
    const [installed] = await installedModels(join(folder, 'models'));
    assert.deepEqual([installed?.size, installed?.paths.length, installed?.quantisation], [total, 3, 'Q8_0']);
  });

  it('looks for room for all parts before the first', async () => {
    const full = await failsWith('diskFull', `${repo}:Q8_0`, { freeSpace: async () => 100_020_000 });
    assert.match(full.sentence, /^30 KB needed/);
    assert.equal(server.storageRequests.length, 0);
  });

  it('goes on at any byte with a new signed address', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: small.length - 1 }), async (count) => {
        await removeModel(smallPath(), { folder: join(folder, 'models'), foreign: [] });
        server.storageRequests.length = 0;
        server.faults.storage = (request, response) => {
          server.faults.storage = (_again, refused) => {
            delete server.faults.storage;
            server.expireAddresses();
            refused.writeHead(403).end('Request has expired');
          };
          sendBytes(request, response, small, (rest) =>
            response.write(rest.subarray(0, count), () => setTimeout(() => response.destroy(), 5)),
          );
        };
        await isReady();
        assert.ok(rangeOf(server.storageRequests.at(-1)!) <= count);
      }),
      { numRuns: 12 },
    );
  });

  it('starts over when the file changes under way, and says when the hub names another hash', async () => {
    const other = someBytes(small.length, 99);
    server.faults.storage = (request, response) => {
      delete server.faults.storage;
      sendBytes(request, response, other, (rest) =>
        response.write(rest.subarray(0, 9000), () => setTimeout(() => response.destroy(), 100)),
      );
    };
    await isReady();
    assert.deepEqual(server.storageRequests.map(rangeOf), [0, 9000, 0]);
    await removeModel(smallPath(), { folder: join(folder, 'models'), foreign: [] });
    server.faults.resolve = (_request, response) =>
      response.writeHead(302, { location: '/x', 'x-linked-etag': `"${'0'.repeat(64)}"` }).end();
    await failsWith('hubFileChanged');
  });

  it('drops a file with another hash, and tries once more if it had begun before', async () => {
    const wrong = someBytes(small.length, 5);
    server.faults.storage = (request, response) => sendBytes(request, response, wrong);
    await failsWith('modelFileDamaged');
    assert.deepEqual(await begunDownloads(join(folder, 'models')), []);
    delete server.faults.storage;
    writeFileSync(`${smallPath()}.${sha256(small).slice(0, 8)}.part`, wrong.subarray(0, 12_000));
    await isReady();
    assert.deepEqual(server.storageRequests.map(rangeOf), [0, 12_000, 0]);
  });

  it('does not go on with the beginning of another version', async () => {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(`${smallPath()}.00000000.part`, 'another version');
    await isReady();
    assert.deepEqual(server.storageRequests.map(rangeOf), [0]);
    assert.equal(existsSync(`${smallPath()}.00000000.part`), false);
  });

  it('waits as long as the hub asks', async () => {
    let refused = 0;
    server.faults.resolve = (_request, response) => {
      refused++;
      if (refused === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else {
        delete server.faults.resolve;
        response.writeHead(503).end();
      }
    };
    const started = performance.now();
    await isReady();
    assert.ok(performance.now() - started >= 1000);
    await removeModel(smallPath(), { folder: join(folder, 'models'), foreign: [] });
    server.faults.resolve = (_request, response) => response.writeHead(429, { 'retry-after': '0' }).end();
    await failsWith('serverBusy');
  });

  it('says why a repository is not listed', async () => {
    const answers: [number, Record<string, string>, string][] = [
      [401, { 'x-error-code': 'GatedRepo' }, 'hubRefused'],
      [403, {}, 'hubRefused'],
      [401, { 'x-error-code': 'RepoNotFound' }, 'hubNotFound'],
      [404, {}, 'hubNotFound'],
      [429, { 'retry-after': '0' }, 'serverBusy'],
      [500, {}, 'serverBusy'],
      [200, {}, 'serverRefused'],
    ];
    for (const [status, headers, code] of answers) {
      server.faults.api = (_request, response) => response.writeHead(status, headers).end('<html>');
      await failsWith(code);
    }
    delete server.faults.api;
    await failsWith('hubNotFound', 'someone/else');
    await failsWith('hubNotFound', `${repo}:Q2_K`);
    await failsWith('offline', repo, { offline: true });
    process.env.HF_ENDPOINT = 'http://127.0.0.1:9';
    await failsWith('networkLost');
  });

  it('says that the files of a gated repository need a token', async () => {
    server.faults.resolve = (_request, response) =>
      response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end('Access restricted');
    const { title } = await failsWith('hubRefused');
    assert.match(title, /someone\/Tiny-GGUF/);
  });

  it('takes the token of the Hugging Face programs and keeps it from the storage', async () => {
    mkdirSync(join(folder, 'hf'));
    writeFileSync(join(folder, 'hf', 'token'), 'hf_canary\n');
    await isReady();
    assert.deepEqual([...new Set(server.requests.map(({ headers }) => headers.authorization))], ['Bearer hf_canary']);
    assert.deepEqual(
      server.storageRequests.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

  it('follows no next page and writes no path that leads elsewhere', async () => {
    server.files.set('../../evil-Q4_K_M.gguf', small);
    server.files.set('C:\\evil-Q4_K_M.gguf', small);
    await isReady();
    assert.deepEqual(readdirSync(join(folder, 'models')), ['someone--Tiny-GGUF']);
  });

  it('fetches once when two want it', async () => {
    const [one, two] = await Promise.all([provide(repo), provide(repo)]);
    assert.deepEqual([one.kind, two.kind], ['ready', 'ready']);
    assert.equal(server.storageRequests.length, 1);
  });

  it('checks an installed file again once it was changed, and fetches what is damaged', async () => {
    await isReady();
    const changed = Buffer.from(small);
    changed[77]!++;
    writeFileSync(smallPath(), changed);
    await failsWith('modelFileDamaged');
    await isReady();
  });

  it('fetches nothing before its licence is accepted', async () => {
    await failsWith('licenceNotAccepted', 'devstral-2');
    await failsWith('licenceNotAccepted', 'unsloth/Devstral-2-123B-Instruct-2512-GGUF');
    assert.equal(server.requests.length, 0);
    await acceptLicence(catalogModel('devstral-2')!, join(folder, 'data'));
    await failsWith('hubNotFound', 'devstral-2');
  });
});
