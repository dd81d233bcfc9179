import assert from 'node:assert/strict';
import nodeFs, { existsSync, readFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { provideModel } from '../../sidecar/models/download/provideModel.ts';
import { type HubServer, someBytes, startHubServer } from '../servers/hubServer.ts';
import { temporaryFolder } from './startSidecar.ts';

const repo = 'someone/Split-GGUF';
const parts = [someBytes(150_000, 1), someBytes(9000, 2)];
const partName = (n: number) => `split-Q4_K_M-0000${n}-of-00002.gguf`;

type Call = (...args: never[]) => unknown;

/** Makes the call of the given number, of all those that write to the disk, fail as on a full disk. Answers their count. */
async function withFullDisk<T>(number: number, run: () => Promise<T>): Promise<{ value: T; calls: number }> {
  const handle = await fs.open('package.json', 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  let calls = 0;
  const undo: (() => void)[] = [];
  function replace(target: object, name: string): void {
    const methods = target as Record<string, Call>;
    const original = methods[name]!;
    methods[name] = function (this: unknown, ...args: never[]) {
      // Opening to read takes no room.
      if (name === 'open' && args[1] === 'r') return original.apply(this, args);
      const own = calls++;
      if (own !== number) return original.apply(this, args);
      const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      if (target === nodeFs) throw error;
      return Promise.reject(error);
    };
    undo.push(() => {
      methods[name] = original;
    });
  }
  for (const name of ['mkdir', 'open', 'writeFile', 'rename']) replace(fs, name);
  replace(nodeFs, 'writeSync');
  for (const name of ['write', 'writeFile', 'truncate', 'sync']) replace(prototype, name);
  syncBuiltinESMExports();
  try {
    return { value: await run(), calls };
  } finally {
    for (const each of undo) each();
    syncBuiltinESMExports();
  }
}

describe('a disk that is full', function () {
  this.timeout(60_000);
  let server: HubServer;
  const { HF_ENDPOINT } = process.env;
  before(async () => {
    server = await startHubServer(repo, { [partName(1)]: parts[0]!, [partName(2)]: parts[1]! });
    process.env.HF_ENDPOINT = server.url;
  });
  after(() => {
    server.close();
    if (HF_ENDPOINT === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = HF_ENDPOINT;
  });

  const provide = (folder: string) =>
    provideModel(repo, {
      cwd: folder,
      folder: join(folder, 'models'),
      dataFolder: join(folder, 'data'),
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      signal: new AbortController().signal,
      onProgress: () => {},
      retryDelaysMs: [1],
      find: async () => [],
    });

  it('is said at each stage of a download, which goes on when there is room', async () => {
    let outcomes = 0;
    for (let number = 0, calls = 1; number < calls && number < 100; number++) {
      const folder = temporaryFolder('full');
      const first = await withFullDisk(number, () => provide(folder));
      // Until a run that never came to its failing call.
      calls = first.calls > number ? number + 2 : number;
      if (first.value.kind === 'failed') assert.equal(first.value.problem.code, 'diskFull', `call ${number}`);
      else assert.equal(first.value.kind, 'ready', `call ${number}`);
      outcomes += first.value.kind === 'failed' ? 1 : 0;
      assert.equal(existsSync(join(folder, 'models', 'someone--Split-GGUF', `${partName(1)}.lock`)), false);
      assert.equal((await provide(folder)).kind, 'ready', `after call ${number}`);
      parts.forEach((part, i) => {
        assert.deepEqual(readFileSync(join(folder, 'models', 'someone--Split-GGUF', partName(i + 1))), part);
      });
    }
    assert.ok(outcomes >= 12, `${outcomes}`);
  });
});
