import assert from 'node:assert/strict';
import { createAnswerEvents } from '../../sidecar/models/backends/remote/answerEvents.ts';
import { createChunkDecoder } from '../../sidecar/models/backends/remote/decodeChunk.ts';
import { createOllamaDecoder } from '../../sidecar/models/backends/remote/ollamaChat.ts';
import {
  createChunkReader,
  createFrameReader,
  type StreamItem,
} from '../../sidecar/models/backends/remote/readStream.ts';
import { capturedServers, loadCaptures, streamOf } from '../servers/captures.ts';

interface Stream {
  name: string;
  body: Buffer;
  framing: 'events' | 'lines';
}

/** What the client makes of a stream: its items, and the events of the answer. */
function read({ framing }: Stream, pieces: readonly Buffer[]): { items: StreamItem[]; events: string[] } {
  let calls = 0;
  const answer = createAnswerEvents(['get_weather', 'read_file', 'write_file', 'bash'], () => `call-${calls++}`);
  const items: StreamItem[] = [];
  const events: string[] = [];
  const take = (more: ReturnType<typeof answer.push>) => {
    for (const event of more) events.push(JSON.stringify(event));
  };
  const reader = createChunkReader(framing, framing === 'events' ? createChunkDecoder() : createOllamaDecoder());
  const chunks = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  for (const item of chunks.flat()) {
    items.push(item);
    if (item.type !== 'notAStream') take(answer.push(item));
  }
  take(answer.flush());
  return { items, events };
}

/** Whether these pieces are cut into the same data: all that is read of an answer is read from that. */
function assertFrames({ name, framing }: Stream, pieces: readonly Buffer[], whole: readonly string[]): void {
  let at = 0;
  const frames = createFrameReader(framing, (data) => {
    if (data !== whole[at]) assert.equal(data, whole[at], `${name}, cut at ${pieces[0]?.length}, data ${at}`);
    at++;
  });
  for (const piece of pieces) frames.push(piece);
  frames.end();
  assert.equal(at, whole.length, `${name}, cut at ${pieces[0]?.length}`);
}

function framesOf({ framing, body }: Stream): string[] {
  const data: string[] = [];
  const frames = createFrameReader(framing, (one) => data.push(one));
  frames.push(body);
  frames.end();
  return data;
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
    const streams = loadCaptures(server).flatMap((capture): Stream[] => {
      const stream = streamOf(capture);
      return stream ? [{ name: capture.case, ...stream }] : [];
    });
    if (streams.length === 0) continue;
    const bytes = streams.reduce((sum, { body }) => sum + body.length, 0);

    it(`${server}: ${streams.length} streams, ${bytes} bytes, each byte a piece of its own`, () => {
      for (const stream of streams) {
        assert.deepEqual(read(stream, cut(stream.body, 1, 1)), read(stream, [stream.body]), stream.name);
      }
    });

    it(`${server}: every boundary, in pieces of ${pieceSize} bytes`, () => {
      for (const stream of streams) {
        const whole = read(stream, [stream.body]);
        for (let first = 1; first <= pieceSize; first++) {
          const got = read(stream, cut(stream.body, first, pieceSize));
          assert.deepEqual(got, whole, `${stream.name}, first cut at ${first}`);
        }
      }
    });

    it(`${server}: every stream in two, at every boundary`, () => {
      for (const stream of streams) {
        const whole = framesOf(stream);
        assert.ok(whole.length > 0, stream.name);
        for (let at = 1; at < stream.body.length; at++) {
          assertFrames(stream, [stream.body.subarray(0, at), stream.body.subarray(at)], whole);
        }
      }
    });

    it(`${server}: the shortest stream with calls in two, at every boundary, up to the answer`, () => {
      const withCalls = streams
        .filter(({ body }) => body.includes('tool_calls'))
        .sort((a, b) => a.body.length - b.body.length);
      const stream = withCalls[0] ?? streams[0]!;
      const whole = read(stream, [stream.body]);
      for (let at = 1; at < stream.body.length; at++) {
        assert.deepEqual(read(stream, cut(stream.body, at, stream.body.length)), whole, `${stream.name}, cut at ${at}`);
      }
    });
  }
});
