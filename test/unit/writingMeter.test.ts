import assert from 'node:assert/strict';
import { createWritingMeter } from '../../sidecar/agent/writingMeter.ts';

describe('the speed of an answer that is written', () => {
  it('is told twice a second, in tokens since the first', () => {
    let now = 1000;
    const meter = createWritingMeter(() => now);
    const told = Array.from({ length: 61 }, () => {
      const progress = meter.feed('word ', 'words');
      now += 25;
      return progress;
    });
    assert.deepEqual(
      told.flatMap((one, index) => (one ? [[index, one.form, one.tokensPerSecond]] : [])),
      [
        [20, 'text', 40],
        [40, 'text', 40],
        [60, 'text', 40],
      ],
    );
  });

  it('comes with the line of a call, also where two pieces share the end of one', () => {
    let now = 0;
    const meter = createWritingMeter(() => now);
    const feed = (piece: string) => {
      now += 500;
      return meter.feed(piece, 'call')?.lines;
    };
    assert.deepEqual(['{"content":"a', '\\nb\\', 'nc\\', '\\n'].map(feed), [undefined, 2, 3, 3]);
  });
});
