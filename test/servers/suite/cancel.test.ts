import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
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

describe(`cancelling an answer of ${served.kind}`, () => {
  it('ends the stream at once, and the server stops generating', async () => {
    const backend = openServed();
    const request = longAnswer(expected.quick);
    try {
      const beforeWhole = await generatedSoFar();
      const whole = await collect(backend.stream(request, new AbortController().signal));
      const wholeWork = await workSince(beforeWhole);
      assert.match(whole.ends[0] ?? '', /^(stop|length|toolCalls)$/);

      const cancel = new AbortController();
      const beforeCut = await generatedSoFar();
      const events = [];
      for await (const event of backend.stream(request, cancel.signal)) {
        events.push(event);
        if (event.type === 'text' || event.type === 'toolCallBegin') cancel.abort();
      }
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'cancelled' });
      const cutWork = await workSince(beforeCut);
      console.log(
        `      work: ${wholeWork.toFixed(2)} for the whole answer, ${cutWork.toFixed(2)} for the cancelled one`,
      );
      assert.ok(cutWork < wholeWork / 2, `${cutWork} of ${wholeWork} was still done`);
      const next = await answerOf(backend, [user('hi')]);
      assert.match(next.ends[0] ?? '', /^(stop|length)$/);
    } finally {
      await backend.dispose();
    }
  });
});
