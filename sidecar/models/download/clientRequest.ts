import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Dispatcher, request } from 'undici';
import { type Answer, copyInto } from './directRequest.ts';

interface Options {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  headers: Record<string, string>;
  /** A connection that is silent for so long is lost. */
  silenceMs: number;
}

/** GET with the general client: through proxies, and for answers of any form. */
export async function requestWithClient(url: URL, options: Options): Promise<Answer & { stream: Readable }> {
  const { dispatcher, signal, headers, silenceMs } = options;
  const timeouts = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
  const { statusCode, headers: answered, body } = await request(url, { dispatcher, signal, headers, ...timeouts });
  // The connection may break while nobody reads yet; whoever reads the body learns of it.
  body.on('error', () => {});
  return {
    statusCode,
    headers: answered,
    stream: body,
    body: {
      discard: () => body.destroy(),
      async receive(sink, most) {
        let left = most;
        sink.onRoom = () => body.resume();
        sink.onFail = () => body.destroy();
        // Events and not an async iterator, which takes as long for each chunk as receiving it.
        body.on('data', (chunk: Buffer) => {
          const wanted = chunk.subarray(0, left);
          left -= wanted.length;
          if (!copyInto(sink, wanted)) body.pause();
          if (left === 0) body.destroy();
        });
        await finished(body).catch((error: unknown) => {
          if (left > 0) throw error;
        });
      },
    },
  };
}
