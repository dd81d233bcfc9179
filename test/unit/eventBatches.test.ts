import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBatches } from '../../extension/chat/eventBatches.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';

const text = (piece: string): SessionEvent => ({ event: { type: 'text', text: piece } });
const output = (callId: string, piece: string): SessionEvent => ({ event: { type: 'output', callId, text: piece } });
const read = (done: number): SessionEvent => ({
  event: { type: 'progress', progress: { phase: 'reading', done, total: 9, reused: 0 } },
});
const kept = (index: number): SessionEvent => ({ index, at: 0, event: { type: 'end', reason: 'done' } });

describe('event batches', () => {
  function collected() {
    const posts: SessionEvent[][] = [];
    return { posts, batches: createEventBatches((events) => posts.push(events)) };
  }

  it('sends the first at once, joins the pieces after it and loses none', async () => {
    const { posts, batches } = collected();
    for (let index = 0; index < 100; index++) batches.add([text(`${index} `)]);
    assert.deepEqual(posts, [[text('0 ')]]);
    await sleep(80);
    const rest = Array.from({ length: 99 }, (_, index) => `${index + 1} `).join('');
    assert.deepEqual(posts.slice(1), [[text(rest)]]);
  });

  it('keeps the order, and joins only what stands side by side', () => {
    const { posts, batches } = collected();
    batches.add([text('a'), text('b'), output('1', 'x'), output('1', 'y'), output('2', 'z'), kept(0), text('c')]);
    assert.deepEqual(posts, [[text('ab'), output('1', 'xy'), output('2', 'z'), kept(0), text('c')]]);
  });

  it('sends the newest progress, and none that is older than what came of it', () => {
    const { posts, batches } = collected();
    batches.add([read(1), read(2)]);
    assert.deepEqual(posts, [[read(2)]]);
    batches.add([read(3), text('a')]);
    batches.flush();
    assert.deepEqual(posts[1], [text('a')]);
  });

  it('sends how fast is written beside the text', () => {
    const { posts, batches } = collected();
    const writing = { phase: 'writing', attempt: 1, attempts: 1, form: 'text', lines: 1, changes: 0 } as const;
    const speed: SessionEvent = { event: { type: 'progress', progress: { ...writing, tokensPerSecond: 43 } } };
    batches.add([text('a'), speed, text('b')]);
    assert.deepEqual(posts, [[text('a'), speed, text('b')]]);
  });

  it('says what waits when it is flushed and nothing of it when it is cleared', async () => {
    const { posts, batches } = collected();
    batches.add([text('a')]);
    batches.add([text('b')]);
    batches.flush();
    assert.deepEqual(posts, [[text('a')], [text('b')]]);
    batches.add([text('c')]);
    batches.clear();
    await sleep(80);
    assert.equal(posts.length, 2);
  });
});
