import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { killAtRandomPoints } from './killPoints.ts';

describe('a session that is killed', function () {
  this.timeout(300_000);

  it('loses no message and leaves no edit half applied at 20 random points, and goes on to the end', async () => {
    const report = await killAtRandomPoints(resolve('dist/test/sidecar/agentTurnMain.mjs'), 20, 1);
    assert.equal(report.kills, 20);
    assert.ok(report.acknowledged > 100, JSON.stringify(report));
  });
});
