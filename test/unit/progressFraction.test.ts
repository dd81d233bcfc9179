import assert from 'node:assert/strict';
import { createFractionMeter } from '../../sidecar/progressFraction.ts';

describe('fraction of the measured time', () => {
  it('is unknown without a measured rate, never falls and never reaches the end by itself', () => {
    let now = 0;
    const fractionOf = createFractionMeter(() => now);
    assert.deepEqual(fractionOf({ phase: 'reading', done: 1, total: 2, reused: 0 }), {});
    fractionOf({ phase: 'estimated', tokensPerSecond: 10, ms: 1000 });
    now = 500;
    assert.deepEqual(fractionOf({ phase: 'reading', done: 1, total: 2, reused: 0 }), { fraction: 0.5 });
    fractionOf({ phase: 'estimated', tokensPerSecond: 10, ms: 10_000 });
    now = 600;
    assert.deepEqual(fractionOf({ phase: 'checking', attempt: 1 }), { fraction: 0.5 });
    now = 1e9;
    assert.deepEqual(fractionOf({ phase: 'checking', attempt: 1 }), { fraction: 0.99 });
  });
});
