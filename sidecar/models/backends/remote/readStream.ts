import { createParser } from 'eventsource-parser';
import type { ChunkDecoder, ChunkPart } from './decodeChunk.ts';

export type StreamItem =
  | ChunkPart
  /** The whole body, for one that is neither events nor a completion. */
  | { type: 'notAStream'; body: string };

/** Longest answer that is not streamed, and longest single event (characters). */
const mostCharacters = 8_000_000;

/** Thrown for an event that is too long to be one of an answer. */
export class StreamTooLong extends Error {
  readonly code = 'EVENT_TOO_LONG';
}

/**
 * Reads an answer, one list a chunk: a server-sent event, a JSON line, or one completion from a server that does not
 * stream. A list is empty where a chunk says nothing, or where bytes came that end none. What bytes say is told before
 * the next are asked for; what comes after the end (`last`) is ignored. Throws if the connection breaks.
 */
export async function* readChunks(
  body: AsyncIterable<Uint8Array>,
  framing: 'events' | 'lines',
  decoder: ChunkDecoder,
): AsyncGenerator<StreamItem[], void> {
  const utf8 = new TextDecoder();
  let chunks: StreamItem[][] = [];
  let read = 0;
  let over = false;
  let head = '';
  const last = (items: StreamItem[]) => {
    over = true;
    chunks.push([...items, { type: 'last' }]);
  };
  const take = (data: string) => {
    if (over) return;
    if (data.trim() === '[DONE]') return last([]);
    const chunk = parseOrNull(data);
    // A chunk that is cut off carries nothing that could be shown; the missing end tells of it.
    if (chunk === null) return;
    read++;
    const items = decoder.push(chunk);
    if (items.at(-1)?.type === 'last') last(items.slice(0, -1));
    else chunks.push(items);
  };
  const feed = framing === 'events' ? eventFeed(take) : lineFeed(take);
  for await (const bytes of body) {
    const text = utf8.decode(bytes, { stream: true });
    if (read === 0 && !over && head.length < mostCharacters) head += text;
    if (!over) feed(text);
    yield* chunks.length > 0 ? chunks : [[]];
    chunks = [];
  }
  // The last event need not be followed by an empty line.
  if (!over) feed('\n\n');
  if (read === 0 && !over && head.trim() !== '') {
    const whole = parseOrNull(head.length < mostCharacters ? head : '');
    chunks.push(whole === null ? [{ type: 'notAStream', body: head }] : decoder.push(whole));
  }
  yield* chunks;
}

function eventFeed(take: (data: string) => void): (text: string) => void {
  const parser = createParser({
    maxBufferSize: mostCharacters,
    onEvent: ({ data }) => take(data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw new StreamTooLong();
      // Older llama-server sends its errors in a field of their own: "error: {…}".
      if (error.type === 'unknown-field' && error.field === 'error') take(`{"error":${error.value ?? '""'}}`);
    },
  });
  return (text) => parser.feed(text);
}

function lineFeed(take: (data: string) => void): (text: string) => void {
  let pieces: string[] = [];
  let length = 0;
  return (text) => {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      take(pieces.length === 0 ? line : pieces.join('') + line);
      pieces = [];
      length = 0;
    }
    if (rest === '') return;
    pieces.push(rest);
    length += rest.length;
    if (length > mostCharacters) throw new StreamTooLong();
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
