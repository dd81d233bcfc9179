import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected, served } from './served.ts';

interface Check {
  id: string;
  state: 'ok' | 'warn' | 'fail';
  message: string;
}

/** A late first token says how fast this computer is, not what the server is; none at all is a failure. */
const isSlowness = ({ id, state }: Check) => id === 'firstToken' && state === 'warn';

describe(`the doctor on ${served.kind}`, function () {
  this.timeout(300_000);

  it('checks the server, and finds what is known of it and no more', () => {
    const home = mkdtempSync(join(tmpdir(), 'devstral-doctor-'));
    const env = { ...process.env, DEVSTRAL_HOME: home, DEVSTRAL_API_KEY: served.key };
    const model = served.model === '' ? [] : ['--model', served.model];
    try {
      const args = ['dist/cli.mjs', 'doctor', served.url, ...model, '--json'];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
      assert.ok(status === 0 || status === 1, `it ended with ${status}: ${stderr}`);
      const { checks } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { checks: Check[] };
      assert.ok(checks.length > 3, `${checks.length} checks`);
      const unknown = checks
        .filter((check) => !isSlowness(check))
        .filter(({ id, state }) => state !== 'ok' && !expected.doctor[id]?.states.includes(state));
      assert.deepEqual(unknown, []);
      assert.equal(status, checks.some(({ state }) => state === 'fail') ? 1 : 0);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
