import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineClient } from '../../sidecar/engine/engineClient.ts';
import { engineMain, engineWindows, isAlive, requestOf, run, until } from './engineWindows.ts';

describe('the engine process', function () {
  this.timeout(60_000);
  const { folder, address, logged, smol, tiny, client, stateOf } = engineWindows();

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
