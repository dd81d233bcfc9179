import * as net from 'node:net';
import * as tls from 'node:tls';
import type { ByteSink } from './batchWriter.ts';

/** The body of an answer of known length. */
export interface Body {
  /** Puts the body into a sink, at most so many bytes; rejects if it ends early. */
  receive(sink: ByteSink, most: number): Promise<void>;
  /** It is not wanted. */
  discard(): void;
}

export interface Answer {
  statusCode: number;
  /** Names in small letters. */
  headers: Record<string, string | string[] | undefined>;
  body: Body;
}

interface Options {
  headers: Record<string, string>;
  signal: AbortSignal;
  trust: tls.ConnectionOptions;
  /** A connection that is silent for so long is lost. */
  silenceMs: number;
}

const mostHeadBytes = 64 * 1024;

/**
 * GET over a connection of its own, its body read straight into the buffers it is written from. General clients parse
 * and allocate for each 16 to 64 KB: with TLS they took four times the CPU of this, and a local server was read at half
 * of curl's rate. Only what a hub and its storage send is understood: null for an answer without a length (chunked,
 * compressed), which the general client has to ask for again.
 */
export function requestDirect(url: URL, options: Options): Promise<Answer | null> {
  const { signal, headers, silenceMs } = options;
  return new Promise((resolve, reject) => {
    const head = Buffer.allocUnsafeSlow(mostHeadBytes);
    let headBytes = 0;
    let isWaiting = false;
    let receiver: ((count: number, bytes: Uint8Array) => boolean) | null = null;
    let room: () => Buffer = () => head.subarray(headBytes);
    let lost: (error: Error) => void = reject;
    const socket = connect(url, options.trust, {
      buffer: () => room(),
      callback: (count, bytes) => (receiver ?? takeHead)(count, bytes),
    });

    function takeHead(count: number): boolean {
      const from = Math.max(0, headBytes - 3);
      headBytes += count;
      const end = head.subarray(0, headBytes).indexOf('\r\n\r\n', from);
      if (end < 0) {
        if (headBytes === mostHeadBytes) socket.destroy(new Error('the server’s headers do not end'));
        return true;
      }
      const parsed = parseHead(head.toString('latin1', 0, end));
      const length = parsed && bodyLength(parsed);
      if (!parsed || length === null) {
        socket.destroy();
        resolve(null);
        return false;
      }
      // What is read before somebody wants the body. A paused TLS connection still hands out what it has decrypted.
      const begun = [Buffer.from(head.subarray(end + 4, headBytes))];
      room = () => head;
      receiver = (more, chunk) => {
        begun.push(Buffer.from(chunk.subarray(0, more)));
        return false;
      };
      resolve({ ...parsed, body: { receive: (sink, most) => receive(sink, Math.min(length, most), begun), discard } });
      return false;
    }

    function receive(sink: ByteSink, bytes: number, begun: readonly Buffer[]): Promise<void> {
      return new Promise((done, failed) => {
        let left = bytes;
        let own: Buffer | null = null;
        lost = failed;
        const take = (count: number, chunk: Uint8Array): boolean => {
          const wanted = Math.min(count, left);
          left -= wanted;
          const goOn = chunk === own ? sink.filled(wanted) : copyInto(sink, chunk.subarray(0, wanted));
          if (left === 0) {
            done();
            socket.destroy();
          }
          isWaiting = !goOn;
          return goOn && left > 0;
        };
        receiver = take;
        room = () => {
          own = sink.room();
          return own;
        };
        sink.onRoom = () => {
          isWaiting = false;
          socket.resume();
        };
        sink.onFail = () => socket.destroy();
        let goOn = true;
        for (const chunk of begun) goOn = take(chunk.length, chunk);
        if (left === 0) done();
        else if (socket.destroyed) failed(socket.errored ?? endedEarly());
        else if (goOn) socket.resume();
      });
    }

    function discard(): void {
      lost = () => {};
      socket.destroy();
    }

    const abort = () => socket.destroy(new DOMException('cancelled', 'AbortError'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    socket.setTimeout(silenceMs, () => {
      // A disk that does not keep up is not the network's silence.
      if (!isWaiting) socket.destroy(Object.assign(new Error('the server is silent'), { code: 'ETIMEDOUT' }));
    });
    socket.on('error', (error) => lost(error));
    socket.once('close', () => {
      signal.removeEventListener('abort', abort);
      lost(endedEarly());
    });
    socket.write(requestText(url, headers));
  });
}

const endedEarly = () => new Error('the connection ended early');

function connect(url: URL, trust: tls.ConnectionOptions, onread: net.OnReadOpts): net.Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:') return net.connect({ host, port: Number(url.port || 80), onread });
  const servername = net.isIP(host) ? '' : host;
  // `onread` is passed on to the socket; the types do not know it.
  const options = { ...trust, host, port: Number(url.port || 443), servername, onread };
  return tls.connect(options);
}

function requestText(url: URL, headers: Record<string, string>): string {
  const lines = Object.entries({ host: url.host, ...headers, connection: 'close' }).map(([name, value]) => {
    if (/[^\t\x20-\x7e]/.test(value)) throw new TypeError(`the header ${name} has characters that no header may have`);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function parseHead(text: string): Pick<Answer, 'statusCode' | 'headers'> | null {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  // Interim answers (1xx) are for the general client.
  if (status === undefined || status.startsWith('1')) return null;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return null;
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { statusCode: Number(status), headers };
}

/** Bytes of the body; 0 where none is read, null if the answer does not say. */
function bodyLength({ statusCode, headers }: Pick<Answer, 'statusCode' | 'headers'>): number | null {
  if (statusCode !== 200 && statusCode !== 206) return 0;
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = headers;
  if (headers['transfer-encoding'] !== undefined || encoding !== 'identity') return null;
  return /^\d+$/.test(String(length)) ? Number(length) : null;
}

/** For bytes that were read into another buffer. */
export function copyInto(sink: ByteSink, bytes: Uint8Array): boolean {
  let goOn = true;
  for (let at = 0; at < bytes.length; ) {
    const room = sink.room();
    const count = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    goOn = sink.filled(count);
    at += count;
  }
  return goOn;
}
