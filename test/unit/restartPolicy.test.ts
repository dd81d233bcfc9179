import assert from 'node:assert/strict';
import { createRestartPolicy } from '../../extension/restartPolicy.ts';

describe('restart policy', () => {
  it('tries node once after an early death of the first start, then backs off, tells once and gives up', () => {
    let now = 0;
    const decide = createRestartPolicy(() => now);
    assert.deepEqual(decide(200, true), { kind: 'tryNode' });
    assert.deepEqual(decide(200, true), { kind: 'restart', delayMs: 500, tell: true });
    now += 60_000;
    assert.deepEqual(decide(60_000, true), { kind: 'restart', delayMs: 2000, tell: false });
    now += 60_000;
    assert.deepEqual(decide(60_000, true), { kind: 'giveUp', count: 3, minutes: 2 });
  });

  it('forgets what lies more than five minutes back', () => {
    let now = 0;
    const decide = createRestartPolicy(() => now);
    for (let n = 0; n < 10; n++) {
      assert.equal(decide(1_000_000, false).kind, 'restart');
      now += 6 * 60_000;
    }
  });
});
