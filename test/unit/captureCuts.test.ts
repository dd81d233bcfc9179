import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { createAnswerEvents } from '../../sidecar/models/backends/remote/answerEvents.ts';
import { createChunkDecoder } from '../../sidecar/models/backends/remote/decodeChunk.ts';
import { readChunks, type StreamItem } from '../../sidecar/models/backends/remote/readStream.ts';
import { capturedServers, loadCaptures, streamBody } from '../servers/captures.ts';

/** What the client makes of a stream: its items, and the events of the answer with their pieces joined. */
async function read(pieces: readonly Buffer[]): Promise<{ items: StreamItem[]; events: string[] }> {
  let calls = 0;
  const answer = createAnswerEvents(['get_weather', 'read_file', 'write_file', 'bash'], () => `call-${calls++}`);
  const items: StreamItem[] = [];
  const events: string[] = [];
  const take = (more: ReturnType<typeof answer.push>) => {
    for (const event of more) events.push(JSON.stringify(event));
  };
  for await (const chunk of readChunks(Readable.from(pieces), 'events', createChunkDecoder())) {
    for (const item of chunk) {
      items.push(item);
      if (item.type !== 'notAStream') take(answer.push(item));
    }
  }
  take(answer.flush());
  return { items, events };
}

/** Pieces of `size` bytes, the first of `first`. */
function cut(body: Buffer, first: number, size: number): Buffer[] {
  const pieces = [body.subarray(0, first)];
  for (let at = first; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
  return pieces;
}

// Every cut between two bytes lies in one of these passes, with this many bytes on either side.
const pieceSize = 61;

describe('captured streams, cut at every byte', () => {
  for (const server of capturedServers) {
    const streams = loadCaptures(server).flatMap((capture) => {
      const body = streamBody(capture);
      return body ? [{ name: capture.case, body }] : [];
    });
    if (streams.length === 0) continue;
    const bytes = streams.reduce((sum, { body }) => sum + body.length, 0);

    it(`${server}: ${streams.length} streams, ${bytes} bytes, each byte a piece of its own`, async () => {
      for (const { name, body } of streams) assert.deepEqual(await read(cut(body, 1, 1)), await read([body]), name);
    });

    it(`${server}: every boundary, in pieces of ${pieceSize} bytes`, async () => {
      for (const { name, body } of streams) {
        const whole = await read([body]);
        for (let first = 1; first <= pieceSize; first++) {
          assert.deepEqual(await read(cut(body, first, pieceSize)), whole, `${name}, first cut at ${first}`);
        }
      }
    });

    it(`${server}: the shortest stream with calls, in two at every boundary`, async () => {
      const withCalls = streams
        .filter(({ body }) => body.includes('tool_calls'))
        .sort((a, b) => a.body.length - b.body.length);
      const { name, body } = withCalls[0] ?? streams[0]!;
      const whole = await read([body]);
      for (let at = 1; at < body.length; at++) {
        assert.deepEqual(await read(cut(body, at, body.length)), whole, `${name}, cut at ${at}`);
      }
    });
  }
});
