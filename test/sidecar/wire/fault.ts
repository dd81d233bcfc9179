import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamTimes } from '../../../sidecar/models/backends/remote/chatStream.ts';
import { chunk, done, head, hello, streamHead, type Wire } from '../../servers/wireServer.ts';

/** What a server or the network does wrong, and what must come of it. */
export interface Fault {
  name: string;
  /** What is written on each try. */
  wire: (wire: Wire) => unknown;
  /** The reason of the end or the code of the problem. */
  end: string;
  text?: string;
  /** In what the person is told. */
  says?: RegExp;
  calls?: [name: string, args: string][];
  /** Completions that were asked for; 1 if left out. */
  tries?: number;
  /** The list of models, raw; null: never answered. */
  models?: string | null;
  /** Answered after this many `stalled`, by the person's Stop. */
  stopAfterStalls?: number;
  address?: string;
  times?: Partial<StreamTimes>;
}

export const ends = (data: string | Buffer) => async (wire: Wire) => {
  await wire.write(data);
  wire.socket.end();
};
export const once =
  (first: (wire: Wire) => unknown, then: (wire: Wire) => unknown = ends(streamHead + hello)) =>
  (wire: Wire) =>
    wire.tries === 1 ? first(wire) : then(wire);
export const reset = (wire: Wire) => wire.socket.resetAndDestroy();
export const stays = (data: string) => (wire: Wire) => wire.write(data);
export const bytes = async (wire: Wire, data: Buffer, everyMs: number) => {
  for (const byte of data) {
    await wire.write(Buffer.from([byte]));
    if (everyMs > 0) await sleep(everyMs);
  }
  wire.socket.end();
};
export const call = (index: number, id: string, name: string, args: unknown) =>
  chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] });
export const called = chunk({}, 'tool_calls') + done;
export const packed = (encoding: string, body: Buffer) =>
  Buffer.concat([Buffer.from(head(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })), body]);
export const emoji = Buffer.from(streamHead + chunk({ content: '世界 😀' }) + chunk({}, 'stop') + done);
export const key = 'canary-wire-90ab17';
export const page = '<!doctype html><title>Sign in</title>';
export const half = '{"choices":[{"message":{"content":"Hel';
