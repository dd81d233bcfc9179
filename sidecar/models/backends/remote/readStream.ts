import { createParser } from 'eventsource-parser';
import type { Reply } from './connection.ts';
import { type ChunkPart, createChunkDecoder } from './decodeChunk.ts';

export type StreamItem =
  | ChunkPart
  /** Bytes arrived that say nothing yet (comments, empty deltas): the server is alive. */
  | { type: 'alive' }
  /** `[DONE]`: nothing of the answer follows. */
  | { type: 'done' }
  /** The whole body, for one that is neither events nor a completion. */
  | { type: 'notAStream'; body: string };

/** Longest answer that is not streamed (characters). */
const headLimit = 8_000_000;

/** Reads an answer: server-sent events, or one JSON completion from a server that does not stream. Throws if it breaks. */
export async function* readStream(reply: Reply): AsyncIterable<StreamItem> {
  for await (const items of readChunks(reply.body)) yield* items.length > 0 ? items : [{ type: 'alive' } as const];
}

/**
 * The same, one list a chunk (a server-sent event), so that whoever measures can count them. A list is empty where a
 * chunk says nothing, or where bytes came that end none. What bytes say is told before the next are asked for.
 */
export async function* readChunks(body: AsyncIterable<Uint8Array>): AsyncIterable<StreamItem[]> {
  const decoder = createChunkDecoder();
  const utf8 = new TextDecoder();
  let chunks: StreamItem[][] = [];
  let events = 0;
  let done = false;
  let head = '';
  const take = (data: string) => {
    if (data.trim() === '[DONE]') {
      done = true;
      chunks.push([{ type: 'done' }]);
      return;
    }
    const chunk = parseOrNull(data);
    // A chunk that is cut off carries nothing that could be shown; the missing end tells of it.
    if (chunk === null) return;
    events++;
    chunks.push(decoder.push(chunk));
  };
  const parser = createParser({
    onEvent: ({ data }) => take(data),
    onError: (error) => {
      // Older llama-server sends its errors in a field of their own: "error: {…}".
      if (error.type === 'unknown-field' && error.field === 'error') take(`{"error":${error.value ?? '""'}}`);
    },
  });
  for await (const bytes of body) {
    const text = utf8.decode(bytes, { stream: true });
    if (events === 0 && head.length < headLimit) head += text;
    parser.feed(text);
    yield* chunks.length > 0 ? chunks : [[]];
    chunks = [];
  }
  // The last event need not be followed by an empty line.
  parser.feed('\n\n');
  if (events === 0 && !done && head.trim() !== '') {
    const whole = parseOrNull(head.length < headLimit ? head : '');
    chunks.push(whole === null ? [{ type: 'notAStream', body: head }] : decoder.push(whole));
  }
  yield* chunks;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
