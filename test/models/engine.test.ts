import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineBackend } from '../../sidecar/engine/engineBackend.ts';
import { createEngineClient, type EngineClient } from '../../sidecar/engine/engineClient.ts';
import { enginePrepare, engineRelease, engineState, type ModelSpec } from '../../sidecar/engine/engineMessages.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

const never = new AbortController().signal;

function requestOf(content: string, maxTokens: number): StreamRequest {
  return { messages: [{ role: 'user', content }], tools: [], sampling: { temperature: 0, maxTokens } };
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${ms} ms`);
    await wait(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the engine process', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-engine-'));
  const clients: EngineClient[] = [];
  const pids = new Set<number>();
  const unloads: string[] = [];
  const logged: string[] = [];
  let address = '';

  before(() => {
    address = engineAddress(folder, 'test');
  });

  const engineMain = resolve('dist/engine.mjs');
  function client(idleMs = 600_000, program = engineMain): EngineClient {
    const made = createEngineClient({
      address,
      program,
      endAfterMs: 400,
      idleMs: () => idleMs,
      onUnloaded: (reason) => unloads.push(reason),
      log: { info: (text) => logged.push(text), warn: (text) => logged.push(text) },
    });
    clients.push(made);
    return made;
  }

  async function stateOf(of: EngineClient) {
    for (;;) {
      const { rpc, closed } = await of.connection();
      const state = await Promise.race([rpc.sendRequest(engineState), closed]);
      // Undefined: it ended before it answered.
      if (!state) continue;
      pids.add(state.pid);
      return state;
    }
  }

  const spec = (modelPath: string, name: string): ModelSpec => ({
    modelPath,
    name,
    contextSize: 1024,
    threads: 0,
    gpu: 'off',
    dataFolder: folder,
  });
  const smol = (of: EngineClient): Backend => backendOf(of, spec(smolModel(), 'Smol'));
  const tiny = (of: EngineClient): Backend => backendOf(of, spec(tinyModel(folder), 'Tiny'));
  const backendOf = (of: EngineClient, its: ModelSpec) =>
    createEngineBackend({
      client: of,
      spec: its,
      log: { info: (text) => logged.push(text), warn: (text) => logged.push(text) },
    });

  async function run(of: Backend, request: StreamRequest, see: (event: ModelEvent) => void = () => {}, signal = never) {
    const events: ModelEvent[] = [];
    for await (const event of of.stream(request, signal)) {
      events.push(event);
      see(event);
    }
    const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    return { events, text, end: events.at(-1) };
  }

  afterEach(async () => {
    for (const each of clients.splice(0)) each.dispose();
    await until('the end of the engine', () => [...pids].every((pid) => !isAlive(pid))).catch((error: Error) => {
      // One that has begun to end listens no more.
      throw new Error(`${error.message}; it ${existsSync(address) ? 'still listens' : 'has begun to'}`);
    });
    pids.clear();
    unloads.length = 0;
    logged.length = 0;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('listens where only the person can reach it, answers, and ends after its last client', async () => {
    const one = client();
    const { text, end } = await run(tiny(one), requestOf('Say hello in five words.', 30));
    assert.equal(text, 'Hello there, my good friend!');
    assert.deepEqual(end, { type: 'finish', reason: 'stop' });
    const { pid, loaded } = await stateOf(one);
    assert.equal(loaded, 'Tiny');
    if (process.platform !== 'win32') {
      assert.equal(statSync(dirname(address)).mode & 0o777, 0o700);
      assert.equal(statSync(address).mode & 0o077, 0);
    }
    one.dispose();
    await until('the end of the engine', () => !isAlive(pid));
    assert.ok(!existsSync(address));
  });

  it('loads the weights once for two windows; who waits is told how many come first', async () => {
    const [one, two] = [client(), client()];
    const places = new Set<number | undefined>();
    const first = run(smol(one), requestOf('Count to twenty.', 40));
    const second = run(smol(two), requestOf('Count to ten.', 4), (event) => {
      if (event.type === 'queued') places.add(event.ahead);
    });
    await Promise.all([first, second]);
    const [a, b] = [await stateOf(one), await stateOf(two)];
    assert.deepEqual([a.pid, a.clients], [b.pid, 2]);
    assert.ok(places.has(1), [...places].join());
    assert.equal(logged.filter((line) => line.includes(' threads, reads')).length, 2, 'one load, told to both');
  });

  it('goes on with the turn when it is killed in the middle of an answer', async () => {
    const one = client();
    const of = smol(one);
    const request = requestOf('Write a Python function that adds two numbers. Explain it.', 40);
    const whole = await run(of, request);
    const { pid } = await stateOf(one);
    let killed = false;
    const again = await run(of, request, (event) => {
      if (event.type === 'text' && !killed) {
        killed = true;
        process.kill(pid, 'SIGKILL');
      }
    });
    assert.ok(killed);
    assert.equal(again.text, whole.text);
    assert.equal(again.end?.type, 'finish');
    const after = await stateOf(one);
    assert.notEqual(after.pid, pid);
  });

  it('says so when it keeps dying', async () => {
    const one = client();
    const of = smol(one);
    const killed = new Set<number>();
    const { end } = await run(of, requestOf('Count to twenty.', 200), () => {
      stateOf(one).then(
        ({ pid }) => {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        },
        () => undefined,
      );
    });
    assert.ok(killed.size >= 2, `${killed.size} engines killed`);
    // The last one may have died while it was being started.
    const codes = ['engineKeepsStopping', 'engineDidNotStart'];
    assert.ok(end?.type === 'error' && codes.includes(end.problem.code), JSON.stringify(end));
  });

  it('cancels, and works again', async () => {
    const one = client();
    const of = smol(one);
    const stop = new AbortController();
    const { end } = await run(
      of,
      requestOf('Count to a thousand.', 400),
      (event) => {
        if (event.type === 'text') stop.abort();
      },
      stop.signal,
    );
    assert.deepEqual(end, { type: 'finish', reason: 'cancelled' });
    assert.equal((await run(of, requestOf('Say hi.', 3))).end?.type, 'finish');
    await stateOf(one);
  });

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

  it('is not kept from starting by a socket that a dead one left', async () => {
    if (process.platform === 'win32') return;
    writeFileSync(address, '');
    const one = client();
    assert.equal((await run(tiny(one), requestOf('hi', 5))).text, 'Hi.');
    await stateOf(one);
  });

  it('is one, however many need it at the same moment and whatever a killed one left', async () => {
    const windows = Array.from({ length: 6 }, () => client());
    for (let n = 0; n < 5; n++) {
      const found = await Promise.all(windows.map(stateOf));
      assert.equal(new Set(found.map(({ pid }) => pid)).size, 1, JSON.stringify(found));
      const connections = await Promise.all(windows.map((of) => of.connection()));
      process.kill(found[0]?.pid ?? 0, 'SIGKILL');
      await Promise.all(connections.map(({ closed }) => closed));
    }
  });

  it('is started again where the one to which the first start left the field is gone', async () => {
    const program = join(folder, 'left.mjs');
    const mark = join(folder, 'left');
    const code = `import { existsSync, writeFileSync } from 'node:fs';
      if (existsSync(${JSON.stringify(mark)})) await import(${JSON.stringify(pathToFileURL(engineMain).href)});
      else writeFileSync(${JSON.stringify(mark)}, '');`;
    writeFileSync(program, code);
    const one = client(600_000, program);
    await one.connection();
    assert.equal((await run(tiny(one), requestOf('hi', 5))).text, 'Hi.');
    await stateOf(one);
    assert.ok(existsSync(mark));
  });

  it('says why it cannot be started', async () => {
    const broken = createEngineClient({
      address: engineAddress(folder, 'broken'),
      program: join(folder, 'missing.mjs'),
      endAfterMs: 400,
      idleMs: () => 1000,
      onUnloaded: () => undefined,
      log: { info: () => undefined, warn: () => undefined },
    });
    const { end } = await run(tiny(broken), requestOf('hi', 5));
    assert.ok(end?.type === 'error' && end.problem.code === 'engineDidNotStart', JSON.stringify(end));
    assert.match(end.problem.details ?? '', /missing\.mjs/);
  });
});
