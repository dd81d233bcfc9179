import assert from 'node:assert/strict';
import {
  type ModelStatus,
  modelChoices,
  modelPrepare,
  modelVerify,
  type SidecarSettings,
  settingsChanged,
} from '../../sidecar/protocol/models.ts';
import { settings, startSidecar, type TestSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';
import { talkWith } from '../sidecar/talk.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

describe('how a model is run', function () {
  // The prompt of a session has thousands of tokens, which a busy processor reads slowly.
  this.timeout(180_000);
  const home = temporaryFolder('sizes');
  let sidecar: TestSidecar;
  before(async () => {
    sidecar = await startSidecar({ folder: home, home });
  });
  after(() => sidecar.stop());

  async function load(changed: Partial<SidecarSettings>): Promise<ModelStatus> {
    await sidecar.connection.sendNotification(settingsChanged.method, { ...settings, ...changed });
    const { ready, problem } = await sidecar.request(modelPrepare, {});
    assert.ok(ready, problem?.details ?? problem?.sentence);
    for (const until = Date.now() + 5000; Date.now() < until; ) {
      const last = sidecar.statuses.at(-1);
      if (last?.state.state === 'ready' && last.detail?.memory) return last;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error('no memory in the status');
  }

  it('is planned as it is loaded: a coarser precision takes less memory', async () => {
    const model = smolModel();
    const { choices, note } = await sidecar.request(modelChoices, { id: model });
    assert.deepEqual([choices[0]?.context, choices[0]?.kvCache, note], [8192, 'f16', '']);
    assert.match(choices[0]?.text ?? '', /^Q4_1, 8k context, .+ of .+ GB/);

    const exact = await load({ model, contextSize: 4096 });
    assert.equal(exact.detail?.contextSize, 4096);
    const coarse = await load({ model, contextSize: 4096, kvCache: 'q8_0' });
    const saved = (exact.detail?.memory?.ram ?? 0) - (coarse.detail?.memory?.ram ?? 0);
    // 4,096 tokens of 23,040 bytes, of which 17 in 32 stay.
    assert.ok(saved > 35e6 && saved < 50e6, String(saved));
  });

  it('says what comes first, counts the tokens of the window, and knows no checksum of a file put there by hand', async () => {
    await load({ model: tinyModel(home) });
    const { begin, say } = talkWith(sidecar);
    const turns = await Promise.all(
      [await begin(), await begin()].map((session) => say(session, 'Say hello in five words.')),
    );
    for (const { end, problem } of turns) assert.equal(end, 'done', problem?.sentence);
    assert.ok(sidecar.statuses.some(({ state }) => state.state === 'queued' && state.ahead === 1));
    await new Promise((done) => setTimeout(done, 1100));
    const { read = 0, reused = 0, written = 0 } = sidecar.statuses.at(-1)?.detail?.session ?? {};
    const used = turns.flatMap(({ usage }) => usage);
    const sum = (of: 'promptTokens' | 'outputTokens') => used.reduce((all, one) => all + one[of], 0);
    assert.ok(used.length >= turns.length);
    assert.equal(written, sum('outputTokens'));
    assert.equal(read + reused, sum('promptTokens'));
    const verified = await sidecar.request(modelVerify, {});
    assert.equal(verified.kind === 'failed' && verified.problem.code, 'checksumUnknown');
  });
});
