import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxyServer {
  url: string;
  /** What was asked to be connected to. */
  targets: string[];
  close(): Promise<void>;
}

/** A proxy that refuses each CONNECT with a status, or (200) answers whatever comes through with `page`. */
export async function startProxyServer(status: number, page = ''): Promise<ProxyServer> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const inside = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  });
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    targets.push(request.url ?? '');
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nproxy-authenticate: Basic\r\n\r\n`);
      return;
    }
    const through = connect((inside.address() as AddressInfo).port, '127.0.0.1');
    sockets.add(through);
    through.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    through.pipe(socket).pipe(through);
  });
  await Promise.all(
    [inside, proxy].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy();
      for (const server of [inside, proxy]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
