import { spawn } from 'node:child_process';

export type GroupExit =
  | { kind: 'exited'; code: number | null; output: string }
  | { kind: 'timedOut'; output: string }
  /** There is no such program on PATH. */
  | { kind: 'missing' };

export interface GroupOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const keptOutput = 1_000_000;

/**
 * Run a program in a process group of its own and collect what it prints on both streams (the first million characters).
 * The whole group is killed at the limit, on abort and after the exit, so that nothing stays behind.
 * Rejects with the signal's reason on abort.
 */
export function runGroup(command: string, args: readonly string[], options: GroupOptions): Promise<GroupExit> {
  const { cwd, env, limitMs, signal } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    const collect = (chunk: string) => {
      if (output.length < keptOutput) output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const killGroup = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup();
    }, limitMs);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', killGroup);
    };
    signal.addEventListener('abort', killGroup);

    child.once('error', (error: NodeJS.ErrnoException) => {
      settle();
      if (error.code === 'ENOENT') resolve({ kind: 'missing' });
      else reject(error);
    });
    // A child that was left running holds the pipes open: end it, so that `close` comes.
    child.once('exit', killGroup);
    child.once('close', (code) => {
      settle();
      if (signal.aborted) reject(signal.reason);
      else resolve(timedOut ? { kind: 'timedOut', output } : { kind: 'exited', code, output });
    });
  });
}
