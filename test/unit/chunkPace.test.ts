import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createChunkPace } from '../../sidecar/models/backends/local/chunkPace.ts';

describe('chunks of a prompt', () => {
  it('settle under 300 ms where 16 tokens can be read in that time, without being needlessly small', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 60, noNaN: true }),
        fc.option(fc.double({ min: 1, max: 5000, noNaN: true })),
        (msPerToken, rate) => {
          const pace = createChunkPace(rate);
          for (let i = 0; i < 20; i++) pace.note(pace.size(), pace.size() * msPerToken);
          const size = pace.size();
          assert.ok(size * msPerToken <= 300 || size === 16, `${size} tokens, ${size * msPerToken} ms`);
          assert.ok(size === 512 || (size + 16) * msPerToken > 275, `${size} tokens, ${size * msPerToken} ms`);
          assert.equal(size % 16, 0);
        },
      ),
    );
  });

  it('do not shrink for one hiccup, and shrink at once for a real change', () => {
    const pace = createChunkPace(100);
    for (let i = 0; i < 5; i++) pace.note(pace.size(), pace.size() * 10);
    const usual = pace.size();
    pace.note(usual, 5000);
    assert.equal(pace.size(), usual);
    pace.note(usual, 5000);
    assert.equal(pace.size(), 16);
  });
});
