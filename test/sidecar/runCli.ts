import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built command line, to its end. */
export function devstral(args: string[], env: Record<string, string>, input = ''): Promise<Run> {
  const child = spawn(process.execPath, [resolve('dist/cli.mjs'), ...args], {
    env: { ...process.env, INIT_CWD: '', ...env },
  });
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data));
  child.stderr.on('data', (data: Buffer) => (stderr += data));
  return new Promise((done) => child.once('close', (code) => done({ code, stdout, stderr })));
}
