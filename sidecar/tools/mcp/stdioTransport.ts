import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import spawn from 'cross-spawn';
import { markName } from '../../commands/environment.ts';
import { commandStarted, killTree } from '../../commands/killTree.ts';
import type { Tree } from '../../commands/processTable.ts';

export interface StdioServer {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** The last that a server wrote to stderr, for the one who is told that it ended. */
const mostSaid = 500;

const lastWordsMs = 500;

/**
 * A server as a child process that leads a group of its own, so that it ends with all that it started (the SDK's own
 * transport ends the first process only). It gets a few variables of ours and those of its settings: no keys.
 */
export function createStdioTransport({ command, args, env, cwd }: StdioServer): Transport & { said(): string } {
  const buffer = new ReadBuffer();
  let child: ReturnType<typeof spawn> | undefined;
  const mark = randomUUID();
  let tree: Tree | undefined;
  let said = '';
  let closing: Promise<void> | undefined;

  async function end(): Promise<void> {
    const ending = child;
    child = undefined;
    ending?.stdin?.end();
    if (ending && tree) await killTree(tree);
    // What it said last may still be on its way.
    if (ending?.stderr?.closed === false) await Promise.race([once(ending.stderr, 'close'), sleep(lastWordsMs)]);
    buffer.clear();
  }

  const transport: Transport & { said(): string } = {
    said: () => said.trim().split('\n').at(-1) ?? '',
    start: () =>
      new Promise((resolve, reject) => {
        const started = spawn(command, [...args], {
          cwd,
          env: { ...getDefaultEnvironment(), ...env, [markName]: mark },
          stdio: ['pipe', 'pipe', 'pipe'],
          detached: process.platform !== 'win32',
          windowsHide: true,
        });
        child = started;
        if (started.pid !== undefined) {
          tree = { pid: started.pid, mark };
          commandStarted(tree);
        }
        started.on('error', reject);
        started.on('spawn', resolve);
        // What it started may hold the pipes open: the end of the process is the end.
        started.on('exit', () => {
          if (child === started) void transport.close();
          transport.onclose?.();
        });
        started.stdin?.on('error', (error) => transport.onerror?.(error));
        started.stderr?.on('data', (data) => {
          said = (said + String(data)).slice(-mostSaid);
        });
        started.stdout?.on('data', (data: Buffer) => {
          try {
            buffer.append(data);
          } catch (error) {
            // More than 10 MB without an end of line.
            transport.onerror?.(error instanceof Error ? error : new Error(String(error)));
            void transport.close();
          }
          takeMessages();
        });
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        if (!child?.stdin?.writable) reject(new Error('it has ended'));
        else child.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
      }),
    // Its own end and a failed request may both close it: each waits for its last words.
    close() {
      closing ??= end();
      return closing;
    },
  };

  function takeMessages(): void {
    for (;;) {
      try {
        const message = buffer.readMessage();
        if (message === null) return;
        transport.onmessage?.(message);
      } catch {
        // A line that is no message: servers print to stdout by mistake.
      }
    }
  }

  return transport;
}
