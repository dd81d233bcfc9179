import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { sidecarPath, temporaryFolder } from './startSidecar.ts';

/** Whether a process still runs; one that ended and waits for its new parent to notice does not. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

/** A stand-in for the extension host: forks the sidecar, prints its pid once it answers, and stays. */
const editor = `
  const { fork } = require('node:child_process');
  const child = fork(${JSON.stringify(sidecarPath)}, ['--node-ipc'], { silent: true, execArgv: [] });
  child.on('message', () => console.log(child.pid));
  child.send({ jsonrpc: '2.0', id: 1, method: 'devstral/changes/hunks', params: { base: '', proposed: 'x' } });
  setInterval(() => {}, 1000);
`;

describe('lifetime of the sidecar', () => {
  it('is gone within a second after the editor was killed with -9', async () => {
    const parent = spawn(process.execPath, ['-e', editor], {
      env: { ...process.env, DEVSTRAL_HOME: temporaryFolder('home') },
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data: Buffer) => resolve(Number(data))),
    );
    assert.ok(alive(pid));
    parent.kill('SIGKILL');
    const until = Date.now() + 1000;
    while (alive(pid) && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
    assert.equal(alive(pid), false);
  });

  it('ends when the editor dies while it is still loading', async () => {
    const parent = spawn(process.execPath, ['-e', editor.replace(/child\.on.*/, 'console.log(child.pid);')], {
      env: { ...process.env, DEVSTRAL_HOME: temporaryFolder('home') },
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data: Buffer) => resolve(Number(data))),
    );
    parent.kill('SIGKILL');
    const until = Date.now() + 10_000;
    while (alive(pid) && Date.now() < until) await new Promise((done) => setTimeout(done, 50));
    assert.equal(alive(pid), false);
  });
});
