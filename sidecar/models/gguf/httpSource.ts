import { type Dispatcher, request } from 'undici';
import { t } from '../../protocol/translate.ts';
import type { ByteSource } from './byteSource.ts';

export interface HttpSourceOptions {
  dispatcher?: Dispatcher;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const mostRedirects = 5;

/** A file behind a URL that is read by ranges; rejects if it cannot be reached or the server gives no ranges. */
export async function openHttpSource(address: string, options: HttpSourceOptions = {}): Promise<ByteSource> {
  let url = new URL(address);
  let headers = options.headers ?? {};
  let first = await range(url, headers, 0, 1, options);
  // The hub answers with a signed address of its store, which is kept for the ranges that follow.
  for (let hops = 0; first.kind === 'redirect'; hops++) {
    if (hops === mostRedirects) throw new Error(t('{host} redirects in circles', { host: url.host }));
    const next = new URL(first.to, url);
    // A key is for the host that it was given for.
    if (next.origin !== url.origin) headers = {};
    url = next;
    first = await range(url, headers, 0, 1, options);
  }
  const { size } = first;
  return {
    size,
    // A request costs a round trip; a header with Tekken's vocabulary takes 8 MB.
    step: 4 << 20,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      if (wanted === 0) return new Uint8Array(0);
      const answer = await range(url, headers, offset, wanted, options);
      if (answer.kind === 'redirect') throw new Error(t('{host} moved the file while it was read', { host: url.host }));
      return answer.bytes;
    },
    close: async () => {},
  };
}

type RangeAnswer = { kind: 'redirect'; to: string } | { kind: 'bytes'; bytes: Uint8Array; size: number };

async function range(
  url: URL,
  given: Record<string, string>,
  offset: number,
  length: number,
  options: HttpSourceOptions,
): Promise<RangeAnswer> {
  const { dispatcher, signal } = options;
  const headers = { ...given, range: `bytes=${offset}-${offset + length - 1}`, 'accept-encoding': 'identity' };
  const answer = await request(url, { headers, ...(dispatcher ? { dispatcher } : {}), ...(signal ? { signal } : {}) });
  const { statusCode, body } = answer;
  const location = header(answer.headers, 'location');
  if (statusCode >= 300 && statusCode < 400 && location) {
    await body.dump();
    return { kind: 'redirect', to: location };
  }
  const size = Number(/\/(\d+)$/.exec(header(answer.headers, 'content-range') ?? '')?.[1] ?? Number.NaN);
  if (statusCode !== 206 || !Number.isSafeInteger(size)) {
    // Ending it early is an error to undici, which nobody awaits here.
    body.once('error', () => {});
    body.destroy();
    if (statusCode === 416) return { kind: 'bytes', bytes: new Uint8Array(0), size: 0 };
    const { host } = url;
    throw new Error(
      statusCode === 200
        ? t('{host} gives no ranges', { host })
        : t('{host} answered {status}', { host, status: statusCode }),
    );
  }
  return { kind: 'bytes', bytes: await bodyBytes(body, length), size };
}

/** Never more than was asked for, whatever the server sends. */
async function bodyBytes(body: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(most);
  let filled = 0;
  for await (const chunk of body) {
    const taken = chunk.subarray(0, most - filled);
    bytes.set(taken, filled);
    filled += taken.length;
    if (taken.length < chunk.length) break;
  }
  return bytes.subarray(0, filled);
}

function header(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
