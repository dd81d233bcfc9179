import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createThreadWatch } from '../../sidecar/hardware/threadWatch.ts';

/** A machine on which a token takes `ms(threads)`; runs `count` tokens and answers the threads used for each. */
function simulate(
  watch: ReturnType<typeof createThreadWatch>,
  count: number,
  ms: (threads: number) => number,
): number[] {
  return Array.from({ length: count }, () => {
    const threads = watch.threads();
    watch.note('decode', ms(threads));
    return threads;
  });
}

const quiet = (threads: number) => 200 / threads;
/** Two cores, one of them busy: spinning workers wait for each other. */
const busy = (threads: number) => (threads > 1 ? 1700 : 220);

describe('thread watch', () => {
  it('stays at all threads while the rate is steady', () => {
    const applied: number[] = [];
    const watch = createThreadWatch({ most: 2, apply: (n) => applied.push(n) });
    simulate(watch, 500, (n) => quiet(n) * (0.8 + 0.4 * Math.sin(n)));
    assert.deepEqual(applied, []);
  });

  it('steps down within a few tokens when the rate collapses, and up again when it is over', () => {
    const applied: number[] = [];
    const watch = createThreadWatch({ most: 2, apply: (n) => applied.push(n) });
    simulate(watch, 40, quiet);
    const used = simulate(watch, 60, busy);
    assert.ok(used.indexOf(1) <= 8);
    assert.ok(used.slice(10).every((n) => n === 1));
    const after = simulate(watch, 400, quiet);
    assert.equal(after.at(-1), 2);
  });

  it('spends few tokens on trying all threads while the machine stays busy', () => {
    const watch = createThreadWatch({ most: 2, apply: () => {}, expected: { decode: 100 } });
    const used = simulate(watch, 2000, busy);
    assert.ok(used.filter((n) => n === 2).length <= 40);
  });

  it('knows a collapse from the first token on when the machine was measured before', () => {
    const watch = createThreadWatch({ most: 4, apply: () => {}, expected: { decode: 50 } });
    assert.ok(simulate(watch, 12, (n) => (n > 1 ? 3000 : 150)).includes(1));
  });

  it('goes back when fewer threads are of no use', () => {
    const watch = createThreadWatch({ most: 2, apply: () => {}, expected: { decode: 50 } });
    // The processor became slow, whatever the number of threads.
    const used = simulate(watch, 200, (n) => 1000 / n);
    assert.ok(used.filter((n) => n === 1).length <= 16);
    assert.equal(used.at(-1), 2);
  });

  it('never leaves 1 to the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.array(fc.tuple(fc.constantFrom('prefill' as const, 'decode' as const), fc.integer({ min: 1, max: 5000 })), {
          maxLength: 400,
        }),
        (most, notes) => {
          const watch = createThreadWatch({
            most,
            apply: (n) => assert.ok(Number.isInteger(n) && n >= 1 && n <= most),
          });
          for (const [kind, ms] of notes) watch.note(kind, ms);
        },
      ),
    );
  });
});
