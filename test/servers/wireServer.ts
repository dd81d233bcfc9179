import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A connection on which a test writes what it likes, byte by byte. */
export interface Wire {
  socket: Socket;
  /** 1 for the first completion that was asked for. */
  tries: number;
  write(data: string | Buffer): Promise<void>;
}

export interface WireServer {
  url: string;
  /** Completions that were asked for. */
  chats(): number;
  close(): Promise<void>;
}

const list = JSON.stringify({ data: [{ id: 'wire', object: 'model', max_model_len: 32768 }] });
const listReply = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${list.length}\r\n\r\n${list}`;

/** A server on raw sockets: lists one model (or says `models` instead), and answers a completion as `answer` writes it. */
export async function startWireServer(
  answer: (wire: Wire) => unknown,
  models: string | null = listReply,
): Promise<WireServer> {
  const sockets = new Set<Socket>();
  let chats = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const write = (data: string | Buffer) =>
      new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.write(data, () => resolve())));
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      // A TLS greeting is answered in plain HTTP, as web servers do.
      if (received[0] === 0x16) return void write('HTTP/1.1 400 Bad Request\r\n\r\n');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.subarray(0, end).toString('latin1');
      const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      received = Buffer.alloc(0);
      if (head.startsWith('POST') && head.includes('/chat/completions')) answer({ socket, tries: ++chats, write });
      else if (head.includes('/v1/models')) {
        if (models !== null) void write(models);
      } else void write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chats: () => chats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Head of an answer that ends with its connection. */
export const head = (status: number | string, headers: Record<string, string> = {}): string => {
  const line = typeof status === 'number' ? `${status} X` : status;
  const fields = Object.entries({ connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${line}\r\n${fields.join('')}\r\n`;
};

/** A whole answer with a length. */
export function reply(status: number, body: string, headers: Record<string, string> = {}): string {
  return head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }) + body;
}

export const streamHead = head(200, { 'content-type': 'text/event-stream' });

/** One event of a stream. */
export const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** A chunk with a delta, and the reason if it is the last. */
export const chunk = (delta: unknown, finish: string | null = null): string =>
  event({ choices: [{ index: 0, delta, finish_reason: finish }] });

export const done = event('[DONE]');

/** "Hello" in two pieces, whole. */
export const hello = chunk({ content: 'Hel' }) + chunk({ content: 'lo' }) + chunk({}, 'stop') + done;
