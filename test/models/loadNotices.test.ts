import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineClient } from '../../sidecar/engine/engineClient.ts';
import { engineState } from '../../sidecar/engine/engineMessages.ts';
import { modelPrepare, settingsChanged } from '../../sidecar/protocol/models.ts';
import { version } from '../../sidecar/version.ts';
import { settings, startSidecar, type TestSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

describe('a model that is loaded otherwise than asked', function () {
  this.timeout(60_000);
  const home = temporaryFolder('notices');
  let sidecar: TestSidecar | undefined;
  afterEach(() => sidecar?.stop());

  it('runs on the processor where the GPU does not work, and says why', async () => {
    const model = tinyModel(home);
    sidecar = await startSidecar({ folder: home, home, settings: { model, gpu: 'cuda' } });
    const prepared = await sidecar.request(modelPrepare, {});
    assert.ok(prepared.ready, prepared.problem?.sentence);
    const { notices = [], detail } = await detailed(sidecar);
    assert.deepEqual(
      notices.map(({ code }) => code),
      ['gpuFailed'],
    );
    assert.match(notices[0]?.sentence ?? '', /^The CUDA driver failed: .+\.$/);
    assert.match(detail?.device ?? '', /^Processor, \d+ threads?$/);
    assert.ok((detail?.memory?.ram ?? 0) > 0 && detail?.memory?.gpu === 0);
    sidecar.statuses.length = 0;
    await sidecar.connection.sendNotification(settingsChanged.method, { ...settings, model, gpu: 'off' });
    await sidecar.request(modelPrepare, {});
    assert.equal((await detailed(sidecar)).notices, undefined);
  });

  it('has a smaller context where memory ran out, and says so', async function () {
    if (process.platform !== 'linux' || spawnSync('prlimit', ['--version']).status !== 0) return this.skip();
    const of = { model: smolModel(), gpu: 'off' as const };
    sidecar = await startSidecar({ folder: home, home, settings: { ...of, contextSize: 4096 } });
    assert.ok((await sidecar.request(modelPrepare, {})).ready);
    const taken = await dataOfEngine(join(home, 'data'));

    // Room for half of what the larger context needs more; the next engine inherits the limit. Not one of addresses: V8
    // reserves them by the gigabyte, and fewer where there are fewer.
    execFileSync('prlimit', ['--pid', String(sidecar.child.pid), `--data=${taken + 45e6}`]);
    // What is said of the load before it would do for the answer.
    sidecar.statuses.length = 0;
    await sidecar.connection.sendNotification(settingsChanged.method, { ...settings, ...of, contextSize: 8192 });
    const prepared = await sidecar.request(modelPrepare, {});
    assert.ok(prepared.ready, prepared.problem?.details);
    const { notices = [], detail } = await detailed(sidecar);
    assert.deepEqual(
      notices.map(({ title, sentence }) => `${title}. ${sentence}`),
      [
        'Loaded with a smaller context. Memory allowed 4,096 tokens instead of 8,192.',
        `Chat template without tools. ${basename(smolModel())} has none that knows tools: ChatML with our tools is used, and answers may be poorer.`,
      ],
    );
    assert.equal(detail?.contextSize, 4096);
  });
});

/** The status once the model has said what it runs on; statuses come once a second. */
async function detailed({ statuses }: TestSidecar) {
  for (const until = Date.now() + 5000; Date.now() < until; ) {
    const last = statuses.at(-1);
    if (last?.state.state === 'ready' && last.detail?.device) return last;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`no device in ${JSON.stringify(statuses.at(-1))}`);
}

/** Bytes that the engine of a data folder may write to, as `--data` counts them. */
async function dataOfEngine(dataFolder: string): Promise<number> {
  const quiet = { info: () => undefined, warn: () => undefined };
  const address = engineAddress(dataFolder, version);
  const client = createEngineClient({
    address,
    program: resolve('dist/engine.mjs'),
    endAfterMs: 1000,
    idleMs: () => 60_000,
    onUnloaded: () => undefined,
    log: quiet,
  });
  const { pid } = await (await client.connection()).rpc.sendRequest(engineState);
  client.dispose();
  return Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
