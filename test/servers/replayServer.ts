import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface ReplayRequest {
  method: string;
  path: string;
  body: string;
}

export interface ReplayServer {
  url: string;
  requests: ReplayRequest[];
  close(): Promise<void>;
}

export interface ReplayOptions {
  /** Raw replies (status line, headers, body as curl shows them: not chunked); null answers 404. */
  reply(request: ReplayRequest): Buffer | null;
  /** Where the body is split into writes, as ascending byte positions. */
  splitAt?(body: Buffer): number[];
}

const notFound = Buffer.from(
  'HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nNot Found',
);

/** Replays captured replies byte for byte, each split as told, over a real socket. */
export async function startReplayServer(options: ReplayOptions): Promise<ReplayServer> {
  const requests: ReplayRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const request = wholeRequest(received);
      if (!request) return;
      received = Buffer.alloc(0);
      requests.push(request);
      const raw = options.reply(request) ?? notFound;
      send(socket, raw, options.splitAt ?? (() => [])).catch(() => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function wholeRequest(bytes: Buffer): ReplayRequest | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  if (bytes.length < headEnd + 4 + length) return null;
  const [method = '', path = ''] = head.split(' ');
  return { method, path, body: bytes.subarray(headEnd + 4, headEnd + 4 + length).toString('utf8') };
}

async function send(socket: Socket, raw: Buffer, splitAt: (body: Buffer) => number[]): Promise<void> {
  const headEnd = raw.indexOf('\r\n\r\n') + 4;
  const head = raw.subarray(0, headEnd);
  const body = raw.subarray(headEnd);
  const chunked = /^transfer-encoding:\s*chunked/im.test(head.toString('latin1'));
  const write = (bytes: Buffer) => new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  await write(head);
  let from = 0;
  for (const to of [...splitAt(body), body.length]) {
    const part = body.subarray(from, to);
    from = to;
    if (part.length === 0) continue;
    await write(
      chunked ? Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]) : part,
    );
  }
  if (chunked) await write(Buffer.from('0\r\n\r\n'));
  if (!chunked && !/^content-length:/im.test(head.toString('latin1'))) socket.end();
}
