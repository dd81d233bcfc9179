import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { EngineClient } from '../../sidecar/engine/engineClient.ts';
import { enginePrepare, engineRelease } from '../../sidecar/engine/engineMessages.ts';
import { engineWindows, isAlive, never, requestOf, run, until } from './engineWindows.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

describe('the engine and its next model', function () {
  this.timeout(60_000);
  const { folder, unloads, logged, spec, backendOf, smol, tiny, client, stateOf } = engineWindows();

  it('takes one model after the other, and unloads one that lies idle', async () => {
    const one = client(600);
    await run(tiny(one), requestOf('hi', 5));
    await run(smol(one), requestOf('hi', 3));
    assert.equal((await stateOf(one)).loaded, 'Smol');
    assert.deepEqual(unloads, ['other']);
    await until('the idle unload', () => unloads.includes('idle'));
    assert.equal((await run(tiny(one), requestOf('hi', 5))).text, 'Hi.');
    await stateOf(one);
  });

  it('loads nothing more once it lets its model go: what comes just then is loaded once, by a new one', async () => {
    const one = client();
    await run(smol(one), requestOf('hi', 2));
    const { pid } = await stateOf(one);
    const larger = { ...spec(smolModel(), 'Larger'), contextSize: 2048 };
    const { rpc, closed } = await one.connection();
    const released = rpc.sendRequest(engineRelease);
    const prepared = rpc.sendRequest(enginePrepare, { id: 1, spec: larger }).then(
      () => 'loaded',
      () => 'refused',
    );
    assert.notEqual(await Promise.race([prepared, closed]), 'loaded');
    await Promise.race([released, closed]);

    logged.length = 0;
    const of = backendOf(one, larger);
    for await (const event of of.prepare(never)) assert.ok(event.type !== 'error', JSON.stringify(event));
    assert.equal((await of.capabilities(never)).contextSize, 2048);
    const after = await stateOf(one);
    assert.ok(after.pid !== pid && after.loaded === 'Larger', JSON.stringify(after));
    assert.equal(logged.filter((line) => line.includes(' threads, reads')).length, 1, logged.join('\n'));
  });

  it('answers windows that run different models by turns, however often they meet', async () => {
    const other = (of: EngineClient) => backendOf(of, spec(tinyModel(folder, undefined, 'other.gguf'), 'Other'));
    const ends: string[] = [];
    await Promise.all(
      [tiny, other].map(async (model) => {
        const one = client();
        const of = model(one);
        for (let n = 0; n < 4; n++) {
          const { text, end } = await run(of, requestOf('hi', 5));
          ends.push(end?.type === 'finish' ? text : JSON.stringify(end));
        }
      }),
    );
    await stateOf(client());
    assert.deepEqual(ends, Array(8).fill('Hi.'));
  });

  it('gives all memory back when it unloads, and starts anew when it is needed', async () => {
    const one = client();
    const of = tiny(one);
    await run(of, requestOf('hi', 2));
    const { pid } = await stateOf(one);
    await one.release();
    await until('the end of the process', () => !isAlive(pid));
    assert.deepEqual(unloads, ['asked']);
    assert.equal((await run(of, requestOf('hi', 5))).text, 'Hi.');
    assert.notEqual((await stateOf(one)).pid, pid);
  });

  it('gives all memory back at a switch: each model has a process of its own, and the one before is gone', async function () {
    if (process.platform !== 'linux') this.skip();
    // Six starts of a process.
    this.timeout(120_000);
    const one = client();
    const models = [tiny(one), backendOf(one, spec(tinyModel(folder, undefined, 'other.gguf'), 'Other'))];
    const seen: number[] = [];
    const memory: number[] = [];
    for (const of of [...models, ...models, ...models]) {
      await run(of, requestOf('hi', 2));
      const { pid } = await stateOf(one);
      assert.deepEqual(seen.filter(isAlive), []);
      assert.ok(!seen.includes(pid), 'a fresh process');
      seen.push(pid);
      memory.push(Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]));
    }
    // Of either model: one start takes a few percent more or less than the next.
    const [first, last] = [memory.slice(0, 2), memory.slice(-2)];
    assert.ok(Math.min(...last) <= Math.max(...first) * 1.05, `${memory.join(', ')} kB`);
  });
});
