import assert from 'node:assert/strict';
import { defaultMaxListeners, getMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { linkedPipe } from '../../sidecar/models/linkSignals.ts';

describe('a task read as a stream under linked signals', () => {
  it('passes on what the task tells, in order, and starts it only when it is read', async () => {
    let started = false;
    const stream = linkedPipe<number>([], async (_signal, tell) => {
      started = true;
      tell(1);
      await nextTurn();
      tell(2);
      tell(3);
    });
    await nextTurn();
    assert.equal(started, false);
    const got: number[] = [];
    for await (const each of stream) got.push(each);
    assert.deepEqual(got, [1, 2, 3]);
  });

  it('aborts the task when its reader leaves, and not when the task has ended', async () => {
    const signals: AbortSignal[] = [];
    const endless = linkedPipe<number>([], async (signal, tell) => {
      signals.push(signal);
      for (let i = 0; !signal.aborted; i++) {
        tell(i);
        await nextTurn();
      }
    });
    for await (const each of endless) if (each === 2) break;
    assert.equal(signals[0]?.aborted, true);
    const short = linkedPipe<number>([], async (signal, tell) => {
      signals.push(signal);
      tell(1);
    });
    for await (const _ of short);
    assert.equal(signals[1]?.aborted, false);
  });

  it('aborts the task by any of the signals and leaves nothing on them', async () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const stream = linkedPipe<string>([one.signal, two.signal], async (signal, tell) => {
      tell('begun');
      await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
      tell('aborted');
    });
    const got: string[] = [];
    for await (const each of stream) {
      got.push(each);
      two.abort();
    }
    assert.deepEqual(got, ['begun', 'aborted']);
  });

  it('throws what the task throws, after what it told', async () => {
    const stream = linkedPipe<number>([], async (_signal, tell) => {
      tell(1);
      throw new Error('broken');
    });
    const got: number[] = [];
    await assert.rejects(async () => {
      for await (const each of stream) got.push(each);
    }, /broken/);
    assert.deepEqual(got, [1]);
  });

  it('leaves signals as undici takes them, and the default of all others as it was', async () => {
    const { signal } = new AbortController();
    for (const signals of [[], [signal]]) for await (const _ of linkedPipe<number>(signals, async () => undefined));
    assert.equal(getMaxListeners(signal), Number.POSITIVE_INFINITY);
    assert.equal(getMaxListeners(new AbortController().signal), 10);
    assert.equal(defaultMaxListeners, 10);
  });
});
