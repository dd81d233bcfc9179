import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, ModelEvent } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { readFileHeader } from '../../sidecar/models/ggufFile.ts';
import { tinyModel } from './modelFiles.ts';

const never = new AbortController().signal;

describe('a model file whose weights are lost', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-lost-'));
  const open: Backend[] = [];

  function backend(modelPath: string): Backend {
    const log = { info: () => undefined, warn: () => undefined };
    const options = { name: 'Test', contextSize: 1024, threads: 1, gpu: 'off' as const, dataFolder: folder, log };
    const made = createLocalBackend({ ...options, modelPath });
    open.push(made);
    return made;
  }

  after(async () => {
    for (const each of open) await each.dispose();
    rmSync(folder, { recursive: true });
  });

  async function last(events: AsyncIterable<ModelEvent>): Promise<ModelEvent | undefined> {
    let end: ModelEvent | undefined;
    for await (const event of events) end = event;
    return end;
  }

  const answer = (of: Backend) => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    return last(of.stream({ messages, tools: [], sampling: { temperature: 0.15, minP: 0.01, maxTokens: 20 } }, never));
  };

  it('is named when they are zero, from the first load on and in each answer', async () => {
    const read = await readFileHeader(tinyModel(folder));
    assert.ok(read.kind === 'ok');
    const zeroed = tinyModel(folder, (bytes) => bytes.fill(0, read.header.dataStart), 'zero.gguf');
    const of = backend(zeroed);
    for (const end of [await last(of.prepare(never)), await answer(of)]) {
      assert.ok(end?.type === 'error' && end.problem.code === 'outputIsNoise', JSON.stringify(end));
      assert.ok(end.problem.actions.includes('Verify File'));
    }
  });

  it('answers on when it vanishes while it is loaded, and is missed at the next load', async function () {
    // Windows does not let go of a file that is mapped.
    if (process.platform === 'win32') return this.skip();
    const path = tinyModel(folder, undefined, 'vanishing.gguf');
    const of = backend(path);
    assert.equal((await last(of.prepare(never)))?.type, 'finish');
    rmSync(path);
    assert.equal((await answer(of))?.type, 'finish');
    await of.dispose();
    const end = await answer(backend(path));
    assert.ok(end?.type === 'error' && end.problem.code === 'modelFileGone', JSON.stringify(end));
  });
});
