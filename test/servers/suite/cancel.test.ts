import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, ModelEvent } from '../../../sidecar/models/backend.ts';
import { collect } from '../collect.ts';
import { longAnswer } from './prompts.ts';
import { answerOf, expected, openServed, served, user } from './served.ts';
import { generatedSoFar } from './workDone.ts';

/** Waits until the server has done nothing for a while, and answers what it has done since `before`. */
async function workSince(before: number): Promise<number> {
  let last = await generatedSoFar();
  for (let quiet = 0; quiet < 5; ) {
    await sleep(200);
    const now = await generatedSoFar();
    // A process that waits uses a little of the processor.
    quiet = now - last <= (expected.generated === 'cpu' ? 0.02 : 0) ? quiet + 1 : 0;
    last = now;
  }
  return last - before;
}

/** Cancels the long answer at its first word, and gives the event that it ends with. */
async function lastOfCancelled(backend: Backend): Promise<ModelEvent | undefined> {
  const cancel = new AbortController();
  let last: ModelEvent | undefined;
  for await (const event of backend.stream(longAnswer(expected.quick), cancel.signal)) {
    last = event;
    if (event.type === 'text' || event.type === 'toolCallBegin') cancel.abort();
  }
  return last;
}

describe(`cancelling an answer of ${served.kind}`, () => {
  it('ends the stream at once, and the server stops generating', async () => {
    const backend = openServed();
    const request = longAnswer(expected.quick);
    try {
      const beforeWhole = await generatedSoFar();
      const whole = await collect(backend.stream(request, new AbortController().signal));
      const wholeWork = await workSince(beforeWhole);
      assert.match(whole.ends[0] ?? '', /^(stop|length|toolCalls)$/);

      // On a busy computer the server may be done before the client has read a word: that says nothing.
      let cutWork = wholeWork;
      for (let tries = 0; tries < 3 && cutWork >= wholeWork / 2; tries++) {
        const beforeCut = await generatedSoFar();
        assert.deepEqual(await lastOfCancelled(backend), { type: 'finish', reason: 'cancelled' });
        cutWork = await workSince(beforeCut);
        console.log(
          `      work: ${wholeWork.toFixed(2)} for the whole answer, ${cutWork.toFixed(2)} for the cancelled one`,
        );
      }
      assert.ok(cutWork < wholeWork / 2, `${cutWork} of ${wholeWork} was still done`);
      const next = await answerOf(backend, [user('hi')]);
      assert.match(next.ends[0] ?? '', /^(stop|length)$/);
    } finally {
      await backend.dispose();
    }
  });
});
