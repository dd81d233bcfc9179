import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Dispatcher, request } from 'undici';
import type { Log } from '../../../log.ts';
import { createDispatcher, type ProxySettings } from '../../http.ts';
import type { ErrorReply } from './errors.ts';
import { tellHeadSent } from './headSent.ts';
import type { ServerUrl } from './serverUrl.ts';

export interface Reply {
  status: number;
  headers: ErrorReply['headers'];
  /** Bytes, unpacked. To leave its loop closes the connection. */
  body: Readable;
}

export type Sent =
  | { kind: 'reply'; reply: Reply }
  | { kind: 'redirected'; to: string }
  | { kind: 'failed'; error: unknown };

/** Requests to one server. The key is fetched for its origin alone and goes nowhere else. */
export interface Connection {
  /** `onSend` is called when the head of the request is written to the socket. */
  send(method: 'GET' | 'POST', url: string, body: unknown, signal: AbortSignal, onSend?: () => void): Promise<Sent>;
  /** Takes the key and the values of the headers out of text that a server sent. */
  scrub(text: string): string;
  close(): Promise<void>;
}

const mostRedirects = 5;

/** Never throws for what a network does; a redirect to another origin is not followed. */
export function createConnection(deps: {
  server: ServerUrl;
  /** Of the server's entry in the settings; they go to its origin only, as the key does. */
  headers: Readonly<Record<string, string>>;
  proxy: ProxySettings;
  connectTimeoutMs: number;
  getKey(origin: string): Promise<string | null>;
  log: Log;
}): Connection {
  const { server, log } = deps;
  let dispatcher: Dispatcher | undefined;
  // Short values are words that a message may well contain.
  const seenKeys = new Set(Object.values(deps.headers).filter((value) => value.length >= 8));

  async function authorization(): Promise<Record<string, string>> {
    const key = (await deps.getKey(server.origin))?.trim();
    if (!key) return {};
    seenKeys.add(key);
    return { authorization: `Bearer ${key}` };
  }

  async function once(
    method: 'GET' | 'POST',
    url: string,
    body: unknown,
    signal: AbortSignal,
    onSend: (() => void) | undefined,
  ): Promise<Sent> {
    const startedAt = Date.now();
    try {
      dispatcher ??= createDispatcher({ proxy: deps.proxy, connectTimeoutMs: deps.connectTimeoutMs });
      const options = {
        method,
        dispatcher,
        signal,
        headers: {
          ...deps.headers,
          accept: 'text/event-stream, application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(await authorization()),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const begin = () => request(url, options);
      const reply = await (onSend ? tellHeadSent(begin, onSend) : begin());
      log.info(`${method} ${url}: ${reply.statusCode} after ${Date.now() - startedAt} ms`);
      return { kind: 'reply', reply: { status: reply.statusCode, headers: reply.headers, body: unpacked(reply) } };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  return {
    async send(method, url, body, signal, onSend) {
      let target = url;
      for (let hops = 0; ; hops++) {
        const sent = await once(method, target, body, signal, onSend);
        if (sent.kind !== 'reply') return sent;
        const { status, headers } = sent.reply;
        const location = headers.location;
        // 301 to 303 turn a POST into a GET, which would lose the question.
        const followed = status === 307 || status === 308 || (method === 'GET' && status >= 301 && status <= 303);
        if (status < 300 || status >= 400 || typeof location !== 'string') return sent;
        sent.reply.body.on('error', () => undefined).resume();
        const next = URL.canParse(location, target) ? new URL(location, target) : null;
        if (!next || next.origin !== server.origin || !followed || hops >= mostRedirects) {
          return { kind: 'redirected', to: next ? next.origin : 'nowhere' };
        }
        target = next.href;
      }
    },
    scrub(text) {
      let out = text;
      for (const key of seenKeys) out = out.replaceAll(key, '[redacted]');
      return out;
    },
    async close() {
      await dispatcher?.destroy();
    },
  };
}

/** A server may pack its answer though nobody asked for it. What breaks, breaks the loop over the body. */
function unpacked({ headers, body }: Dispatcher.ResponseData): Readable {
  const packing = String(headers['content-encoding'] ?? '').toLowerCase();
  const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };
  const create = Object.entries(unpack).find(([name]) => name === packing)?.[1];
  return create ? pipeline(body, create(), () => undefined) : body;
}

/** A reply's body as text, at most `limit` characters; the rest is not waited for. */
export async function readText(reply: Reply, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of reply.body) {
    text += decoder.decode(chunk as Buffer, { stream: true });
    if (text.length >= limit) break;
  }
  return text.slice(0, limit);
}
