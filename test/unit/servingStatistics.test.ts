import assert from 'node:assert/strict';
import fc from 'fast-check';
import { levelResult } from '../../sidecar/serving/levelResult.ts';
import type { Measured } from '../../sidecar/serving/measureRequest.ts';
import { createRandom } from '../../sidecar/serving/random.ts';
import { poissonArrivals } from '../../sidecar/serving/runLevel.ts';
import { percentile, summarise } from '../../sidecar/serving/statistics.ts';

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual} is not ${expected}`);
const load = { maxConcurrency: 1, rate: null, cutShort: false };

describe('statistics of the serving benchmark', () => {
  // values → mean, median, std, p95, p99 of numpy 2.4.
  const rows: [number[], number, number, number, number, number][] = [
    [[3.5], 3.5, 3.5, 0, 3.5, 3.5],
    [[1, 2], 1.5, 1.5, 0.5, 1.95, 1.99],
    [[4, 1, 3, 2], 2.5, 2.5, 1.118033988749895, 3.85, 3.9699999999999998],
    [[10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 55, 55, 28.722813232690143, 95.5, 99.1],
    [[0.1, 0.1, 7, 2.5, 9.25, 3], 3.6583333333333337, 2.75, 3.404215115934296, 8.6875, 9.1375],
  ];
  const many = Array.from({ length: 500 }, (_, index) => (((index + 1) * 7919) % 1009) / 10);
  rows.push([many, 50.3856, 50.35, 29.06730384194585, 95.605, 99.701]);
  for (const [values, mean, median, std, p95, p99] of rows) {
    it(`gives numpy's numbers for ${values.slice(0, 10).join(', ')}`, () => {
      const summary = summarise(values);
      near(summary?.mean, mean);
      near(summary?.median, median);
      near(summary?.std, std);
      near(summary?.p95, p95);
      near(summary?.p99, p99);
      near(summary?.max, Math.max(...values));
    });
  }

  it('has nothing to say of no values', () => {
    assert.equal(summarise([]), null);
    assert.ok(Number.isNaN(percentile([], 50)));
  });

  it('never leaves the sample and never falls with the percentile', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 100 }), (sample, p) => {
        const ascending = [...sample].sort((a, b) => a - b);
        const at = percentile(ascending, p);
        assert.ok(at >= (ascending[0] ?? 0) - 1e-6 && at <= (ascending.at(-1) ?? 0) + 1e-6);
        assert.ok(percentile(ascending, Math.min(100, p + 5)) >= at - 1e-6);
      }),
    );
  });

  const answered = (more: Partial<Extract<Measured, { kind: 'answered' }>>): Measured => ({
    kind: 'answered',
    sentAt: 0,
    ttft: 100,
    e2e: 400,
    gaps: [100, 100, 100],
    chunks: 4,
    usage: null,
    ...more,
  });
  const usage = (outputTokens: number) => ({ promptTokens: 50, reusedTokens: 20, outputTokens });

  it('counts the tokens of the usage, and chunks only where there is none', () => {
    const measured = [answered({ usage: usage(7) }), answered({ usage: usage(4) }), answered({})];
    const { tokens, tpot } = levelResult({ measured, durationMs: 1000, clientBusy: 0 }, load);
    assert.deepEqual(tokens, {
      input: null,
      cachedInput: null,
      output: 15,
      chunks: 12,
      byUsage: 2,
      byChunks: 1,
      disagreeing: 1,
    });
    // 300 ms over six, three and three tokens.
    near(tpot?.mean, (50 + 100 + 100) / 3);
  });

  it('has no TPOT for a single token, and keeps failures out of the latencies', () => {
    const failed: Measured = { kind: 'failed', reason: 'status 500', example: 'first', final: false };
    const one = answered({ gaps: [], chunks: 1, ttft: 400, usage: usage(1) });
    const measured = [failed, one, { ...failed, example: 'second' }, { kind: 'cancelled' } as const];
    const result = levelResult({ measured, durationMs: 500, clientBusy: 0 }, load);
    assert.equal(result.tpot, null);
    assert.equal(result.itl, null);
    assert.equal(result.ttft?.max, 400);
    assert.deepEqual(result.requests, { completed: 1, failed: 2, unfinished: 1 });
    assert.deepEqual(result.failures, [{ reason: 'status 500', count: 2, example: 'first' }]);
    near(result.concurrency, 0.8);
    assert.deepEqual(result.throughput, { requests: 2, inputTokens: 100, outputTokens: 2 });
  });

  it('lets requests arrive at random times, as many a second as asked', () => {
    const arrivals = poissonArrivals(createRandom(3), 50, 5001);
    assert.equal(arrivals[0], 0);
    const gaps = summarise(arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0)));
    // Exponential: mean and deviation are 1/rate, the median ln 2 of it.
    assert.ok(Math.abs((gaps?.mean ?? 0) - 20) < 1, `${gaps?.mean}`);
    assert.ok(Math.abs((gaps?.std ?? 0) - 20) < 1.5, `${gaps?.std}`);
    assert.ok(Math.abs((gaps?.median ?? 0) - 20 * Math.LN2) < 1, `${gaps?.median}`);
  });
});
