import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar/fs';
import type { CudaEngine } from '../../sidecar/hardware/cuda/cudaPackages.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

export interface RegistryServer {
  url: string;
  /** What is published there. */
  engine: CudaEngine;
  archives: Map<string, Buffer>;
  requests: IncomingMessage[];
  /** How a package is sent; by default as the registry does. */
  handler: Handler;
  close(): void;
}

/** An npm package's archive; the same bytes for the same files at any time, as npm's own are. */
export async function npmArchive(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const sources = Object.entries(files).map(([name, content]) => ({
    type: 'content' as const,
    content,
    target: `package/${name}`,
    mtime: new Date('1985-10-26T08:15:00Z'),
  }));
  return gzipSync(await buffer(packTar(sources)));
}

/** Sends all of it, or from the byte asked for. */
export const sendArchive: Handler = (request, response, bytes) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(request.headers.range ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(request.headers.range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.end(bytes.subarray(from));
};

/** A registry on this computer with the packages `linux-x64-cuda` and `-ext` of version 1.2.3, some kilobytes each. */
export async function startRegistry(): Promise<RegistryServer> {
  const archives = new Map<string, Buffer>();
  const packages = [];
  for (const name of ['linux-x64-cuda', 'linux-x64-cuda-ext']) {
    // What gzip cannot make small.
    const pieces = Array.from({ length: 625 }, (_, i) => createHash('sha512').update(`${name} ${i}`).digest());
    const library = Buffer.concat(pieces);
    const bytes = await npmArchive({ 'package.json': `{"name":"${name}"}`, 'bins/library.so': library });
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    archives.set(`/@node-llama-cpp/${name}/-/${name}-1.2.3.tgz`, bytes);
    packages.push({ name, size: bytes.length, unpacked: library.length + 30, integrity });
  }
  const server = createServer((request, response) => {
    registry.requests.push(request);
    const bytes = archives.get(request.url ?? '');
    if (bytes) registry.handler(request, response, bytes);
    else response.writeHead(404).end('{"error":"Not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const registry: RegistryServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    engine: { version: '1.2.3', packages },
    archives,
    requests: [],
    handler: sendArchive,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return registry;
}
