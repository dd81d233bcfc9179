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

/** Cuts bytes into the data of server-sent events, or into lines. All that is read of an answer is read from these. */
export interface FrameReader {
  /** Gives the bytes as text, after it has told the data that they end. Throws only `StreamTooLong`. */
  push(bytes: Uint8Array): string;
  /** No more bytes come: the last event need not be followed by an empty line. */
  end(): void;
}

/** `take` is told the data of each event, or each line, as soon as it is whole. */
export function createFrameReader(framing: 'events' | 'lines', take: (data: string) => void): FrameReader {
  const utf8 = new TextDecoder();
  const feed = framing === 'events' ? eventFeed(take) : lineFeed(take);
  return {
    push(bytes) {
      const text = utf8.decode(bytes, { stream: true });
      feed(text);
      return text;
    },
    end: () => feed('\n\n'),
  };
}

/** Reads an answer as its bytes come. */
export interface ChunkReader {
  /** What these bytes say, one list a chunk; a list is empty where a chunk says nothing. None where bytes end no chunk. */
  push(bytes: Uint8Array): StreamItem[][];
  /** No more bytes come: what is left to say. */
  end(): StreamItem[][];
}

/**
 * Reads an answer: server-sent events, JSON lines, or one completion from a server that does not stream. What comes after
 * the end (`last`) is ignored. Throws only `StreamTooLong`.
 */
export function createChunkReader(framing: 'events' | 'lines', decoder: ChunkDecoder): ChunkReader {
  let chunks: StreamItem[][] = [];
  let read = 0;
  let over = false;
  let head = '';
  const last = (items: StreamItem[]) => {
    over = true;
    chunks.push([...items, { type: 'last' }]);
  };
  const frames = createFrameReader(framing, (data) => {
    if (over) return;
    if (data.trim() === '[DONE]') return last([]);
    const chunk = parseOrNull(data);
    // A chunk that is cut off carries nothing that could be shown; the missing end tells of it.
    if (chunk === null) return;
    read++;
    const items = decoder.push(chunk);
    if (items.at(-1)?.type === 'last') last(items.slice(0, -1));
    else chunks.push(items);
  });
  const taken = (): StreamItem[][] => {
    const said = chunks;
    chunks = [];
    return said;
  };
  return {
    push(bytes) {
      if (over) return [];
      const text = frames.push(bytes);
      if (read === 0 && head.length < mostCharacters) head += text;
      return taken();
    },
    end() {
      if (over) return [];
      frames.end();
      if (read === 0 && !over && head.trim() !== '') {
        const whole = parseOrNull(head.length < mostCharacters ? head : '');
        chunks.push(whole === null ? [{ type: 'notAStream', body: head }] : decoder.push(whole));
      }
      return taken();
    },
  };
}

/**
 * The lists of a body's chunks, one by one, and an empty one where bytes come that end none. What bytes say is told before
 * the next are asked for. Throws if the connection breaks.
 */
export async function* readChunks(
  body: AsyncIterable<Uint8Array>,
  framing: 'events' | 'lines',
  decoder: ChunkDecoder,
): AsyncGenerator<StreamItem[], void> {
  const reader = createChunkReader(framing, decoder);
  for await (const bytes of body) {
    const chunks = reader.push(bytes);
    if (chunks.length === 0) yield [];
    for (const items of chunks) yield items;
  }
  for (const items of reader.end()) yield items;
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
