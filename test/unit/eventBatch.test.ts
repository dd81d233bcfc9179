import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Message, MessageReader, MessageWriter } from 'vscode-languageserver-protocol';
import { createEventBatch } from '../../sidecar/eventBatch.ts';
import { batchedWriter, unbatchedReader } from '../../sidecar/protocol/batchedIpc.ts';

describe('event batch', () => {
  it('sends all events of one turn of the event loop at once, in order', async () => {
    const sent: number[][] = [];
    const batch = createEventBatch<number>((events) => sent.push(events));
    batch.add(1);
    await Promise.resolve();
    batch.add(2);
    process.nextTick(() => batch.add(3));
    assert.deepEqual(sent, [], 'nothing goes out before the turn ends');
    await nextTurn();
    assert.deepEqual(sent, [[1, 2, 3]]);
    batch.add(4);
    await nextTurn();
    assert.deepEqual(sent, [[1, 2, 3], [4]]);
  });

  it('sends what waits at once when it is told to, and not again', async () => {
    const sent: string[][] = [];
    const batch = createEventBatch<string>((events) => sent.push(events));
    batch.flush();
    batch.add('a');
    batch.add('b');
    batch.flush();
    assert.deepEqual(sent, [['a', 'b']]);
    batch.add('c');
    await nextTurn();
    await nextTurn();
    assert.deepEqual(sent, [['a', 'b'], ['c']]);
  });

  it('loses nothing that is pushed while it sends, and goes on after a send that throws', async () => {
    const sent: number[][] = [];
    const batch = createEventBatch<number>((events) => {
      sent.push(events);
      if (events.includes(1)) batch.add(10);
      if (events.includes(2)) throw new Error('no');
    });
    batch.add(1);
    await nextTurn();
    await nextTurn();
    assert.deepEqual(sent, [[1], [10]]);
    batch.add(2);
    assert.throws(() => batch.flush(), /no/);
    batch.add(3);
    await nextTurn();
    assert.deepEqual(sent, [[1], [10], [2], [3]]);
  });
});

describe('event batches one behind the other', () => {
  it('go out in the same turn, so that two cost no second turn', async () => {
    const wire: string[][] = [];
    const messages = createEventBatch<string>((batch) => wire.push(batch));
    const session = createEventBatch<number>((batch) => messages.add(`events ${batch.join(' ')}`));
    session.add(1);
    messages.add('status');
    session.add(2);
    await nextTurn();
    assert.deepEqual(wire, [['status', 'events 1 2']]);
  });

  it('lose nothing when one throws', async () => {
    const failed: unknown[] = [];
    const onFailure = (error: unknown) => void failed.push(error);
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', onFailure);
    try {
      const sent: number[][] = [];
      const broken = createEventBatch<number>(() => {
        throw new Error('no');
      });
      const whole = createEventBatch<number>((batch) => sent.push(batch));
      broken.add(1);
      whole.add(2);
      await nextTurn();
      await nextTurn();
      assert.deepEqual(sent, [[2]]);
      assert.equal(failed.length, 1);
    } finally {
      process.off('uncaughtException', onFailure);
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });
});

const none = () => ({ dispose() {} });
const message = (id: number) => ({ jsonrpc: '2.0', method: `test/${id}` }) as Message;

/** Writer and reader of one channel: `wire` is what crossed it. */
function channel() {
  const wire: unknown[] = [];
  const received: Message[] = [];
  let take: (message: Message) => void = () => {};
  const writer: MessageWriter = {
    onError: none,
    onClose: none,
    async write(sent) {
      wire.push(sent);
      take(sent);
    },
    end() {},
    dispose() {},
  };
  const reader: MessageReader = {
    onError: none,
    onClose: none,
    onPartialMessage: none,
    listen(callback) {
      take = callback;
      return { dispose() {} };
    },
    dispose() {},
  };
  unbatchedReader(reader).listen((one) => received.push(one));
  return { wire, received, writer: batchedWriter(writer), plain: writer };
}

describe('batched ipc', () => {
  it('carries the messages of one turn as one, and each arrives once and in order', async () => {
    const { wire, received, writer } = channel();
    const all = [1, 2, 3].map(message);
    await Promise.all(all.map((one) => writer.write(one)));
    await nextTurn();
    assert.deepEqual(wire, [all]);
    assert.deepEqual(received, all);
  });

  it('sends a message that comes alone as it is, and reads one of another writer', async () => {
    const { wire, received, writer, plain } = channel();
    await writer.write(message(1));
    await nextTurn();
    await plain.write(message(2));
    assert.deepEqual(wire, [message(1), message(2)]);
    assert.deepEqual(received, wire);
  });

  it('sends what waits before it ends', async () => {
    const { received, writer } = channel();
    await writer.write(message(1));
    writer.end();
    assert.deepEqual(received, [message(1)]);
  });
});
