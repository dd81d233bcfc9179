import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineBackend } from '../../sidecar/engine/engineBackend.ts';
import { createEngineClient } from '../../sidecar/engine/engineClient.ts';
import {
  machineDescribe,
  modelDownload,
  modelDownloads,
  modelList,
  modelPrepare,
  modelRemove,
  modelUnload,
} from '../../sidecar/protocol/models.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import { version } from '../../sidecar/version.ts';
import { type HubServer, sendBytes, startHubServer } from '../servers/hubServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';
import { talkWith } from '../sidecar/talk.ts';
import { tinyModel } from './modelFiles.ts';

const repo = 'tests/Devstral-Tiny-GGUF';
const file = 'devstral-tiny-Q4_K_M.gguf';

describe('a model of the hub, from the list to the answer', function () {
  // The prompt of a session has thousands of tokens, which a busy processor reads slowly.
  this.timeout(180_000);
  let hub: HubServer;
  let sidecar: TestSidecar;
  const home = temporaryFolder('switch');
  const path = join(home, 'models', 'tests--Devstral-Tiny-GGUF', file);

  before(async () => {
    hub = await startHubServer(repo, { [file]: readFileSync(tinyModel(home)) });
    sidecar = await startSidecar({
      folder: home,
      home,
      settings: { model: `${repo}:Q4_K_M`, gpu: 'off', offline: false },
      env: { HF_ENDPOINT: hub.url, HF_HOME: join(home, 'hf'), OLLAMA_MODELS: join(home, 'ollama'), HOME: home },
    });
  });
  after(async () => {
    await sidecar.stop();
    await hub.close();
  });

  /** A prompt to the engine that the sidecar started, as another window would have it answered. */
  async function askEngine(content: string): Promise<{ text: string; loads: number }> {
    const dataFolder = join(home, 'data');
    const log = { info: () => undefined, warn: () => undefined };
    const client = createEngineClient({
      address: engineAddress(dataFolder, version),
      program: resolve('dist/engine.mjs'),
      endAfterMs: 400,
      idleMs: () => 600_000,
      onUnloaded: () => undefined,
      log,
    });
    try {
      // As the sidecar asks for it: otherwise it is another model to the engine.
      const how = { contextSize: 0, kvCache: 'auto', threads: 0, gpu: 'off', dataFolder } as const;
      const backend = createEngineBackend({ client, spec: { modelPath: path, name: 'Tiny', ...how }, log });
      const sampling = { temperature: 0, maxTokens: 30 };
      const request = { messages: [{ role: 'user' as const, content }], tools: [], sampling };
      let text = '';
      let loads = 0;
      for await (const event of backend.stream(request, new AbortController().signal)) {
        if (event.type === 'text') text += event.text;
        if (event.type === 'loading') loads++;
      }
      return { text, loads };
    } finally {
      client.dispose();
    }
  }

  it('lists the catalog with sizes and how each would run', async () => {
    const { models } = await sidecar.request(modelList, {});
    const small2 = models.find(({ id }) => id === 'devstral-small-2');
    assert.match(small2?.description ?? '', /Q4_K_M, 14\.3 GB/);
    assert.match(small2?.detail ?? '', /, 256k context, Apache-2\.0, sees images through a server only$/);
    const large = models.find(({ id }) => id === 'devstral-2');
    assert.equal(large?.licence?.name, 'modified MIT');
    assert.equal(models.filter(({ group }) => group === 'inUse').length, 1);
  });

  it('fetches it with progress, loads it on demand and answers in its own format', async () => {
    const { ready, problem } = await sidecar.request(modelDownload, { id: `${repo}:Q4_K_M` });
    assert.ok(ready, problem?.sentence);
    assert.ok(existsSync(path));
    assert.deepEqual(await sidecar.request(modelDownloads, {}), { downloads: [] });
    assert.ok(sidecar.progress.some(({ progress }) => progress.phase === 'downloading'));
    const prepared = await sidecar.request(modelPrepare, {});
    assert.ok(prepared.ready, prepared.problem?.sentence);
    const { begin, say } = talkWith(sidecar);
    const turn = await say(await begin(), 'Say hello in five words.');
    assert.equal(turn.end, 'done', turn.problem?.sentence);
    // Which sentence it says there hangs on the date and the folder, which stand in the prompt. This prompt has neither.
    const { text, loads } = await askEngine('Say hello in five words.');
    assert.equal(text, 'Hello there, my good friend!');
    assert.equal(loads, 0, 'it is the model that answered before');
    assert.equal(sidecar.statuses.at(-1)?.state.state, 'ready');
  });

  it('unloads it, removes it, and touches nothing outside its folder', async () => {
    await sidecar.request(modelUnload, {});
    const { models } = await sidecar.request(modelList, {});
    assert.ok(models.some((model) => model.path === path));
    const foreign = await sidecar.request(modelRemove, { path: join(home, 'tiny.gguf') });
    assert.ok(foreign.problem && existsSync(join(home, 'tiny.gguf')));
    const removed = await sidecar.request(modelRemove, { path });
    assert.equal(removed.problem, undefined);
    assert.ok(removed.freed > 3e6 && !existsSync(path));
  });

  it('comes within a turn where only the settings name it: sizes are told, Stop keeps what came', async () => {
    const bytes = readFileSync(join(home, 'tiny.gguf'));
    hub.faults.storage = (request, response) =>
      sendBytes(request, response, bytes, (rest) => void response.write(rest.subarray(0, 1_000_000)));
    const { begin, say, stop } = talkWith(sidecar);
    const session = await begin();
    const seen: { received: number; total: number }[] = [];
    const watch = (event: SessionEvent['event']) => {
      if (event.type !== 'progress' || event.progress.phase !== 'downloading') return;
      seen.push(event.progress);
      if (event.progress.received >= 1_000_000 && hub.faults.storage) void stop(session);
    };
    assert.equal((await say(session, 'hi', watch)).end, 'stopped');
    const kept = seen.at(-1);
    assert.deepEqual([kept?.received, kept?.total], [1_000_000, bytes.length]);
    assert.ok(!existsSync(path));
    delete hub.faults.storage;
    seen.length = 0;
    assert.equal((await say(session, 'Say hello in five words.', watch)).end, 'done');
    assert.ok((seen[0]?.received ?? 0) >= 1_000_000, 'it goes on from there');
    assert.ok(existsSync(path));
  });

  it('describes the computer', async () => {
    const { text } = await sidecar.request(machineDescribe, {});
    for (const line of ['Engine:', 'Processor:', 'Memory:', 'GPU:', 'Disk:']) assert.ok(text.includes(line), text);
  });
});
