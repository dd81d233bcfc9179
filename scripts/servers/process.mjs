// One server's process: started in a group of its own, waited for, stopped with all that it started.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { logTail } from './install.mjs';

/** A port of this computer that nobody uses. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts `{command, args, env}` with its output in a log. */
export function startProcess({ command, args, env }, { cwd, log }) {
  const out = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', out, out],
    detached: true,
  });
  const state = { child, log, ended: null };
  child.once('error', (error) => {
    state.ended = error.message;
  });
  child.once('exit', (code, signal) => {
    state.ended ??= `it ended with ${code ?? signal}`;
  });
  return state;
}

/** Waits until the server answers 200; throws when it ended or took longer than `limitMs`. */
export async function untilReady(running, url, key, limitMs) {
  const until = Date.now() + limitMs;
  while (Date.now() < until) {
    if (running.ended) throw new Error(`it did not start: ${running.ended}\n${await logTail(running.log)}`);
    const headers = key ? { authorization: `Bearer ${key}` } : {};
    const reply = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) }).catch(() => null);
    await reply?.body?.cancel();
    if (reply?.status === 200) return;
    await sleep(250);
  }
  throw new Error(`no answer within ${limitMs / 1000} s\n${await logTail(running.log)}`);
}

/** Ends the process and its group: asked first, then killed. */
export async function stopProcess({ child }) {
  if (child.pid === undefined) return;
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
      return true;
    } catch {
      return false;
    }
  };
  signal('SIGTERM');
  for (let waited = 0; waited < 15_000 && signal(0); waited += 100) await sleep(100);
  signal('SIGKILL');
}
