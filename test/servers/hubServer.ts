import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HubServer {
  /** For `HF_ENDPOINT`. */
  url: string;
  commit: string;
  files: Map<string, Buffer>;
  /** Requests of the hub itself and of the storage that it sends on to, another origin. */
  requests: IncomingMessage[];
  storageRequests: IncomingMessage[];
  /** Take the place of the usual answer while they are set. */
  faults: { api?: Handler; resolve?: Handler; storage?: Handler };
  /** Files a page of the listing. */
  pageSize: number;
  /** Signed addresses made before the last call of it are refused from then on, as expired ones are. */
  expireAddresses(): void;
  close(): void;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that repeat nowhere soon, so that a wrong place shows. */
export const someBytes = (length: number, seed = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 7919 + ((i >> 8) * 31 + seed) * 17) % 251));

/** Answers as the hub does: listing by pages, files by redirects to signed addresses of a storage. One repository. */
export async function startHubServer(repo: string, files: Record<string, Buffer>): Promise<HubServer> {
  let signature = 1;
  const hub = createServer((request, response) => {
    server.requests.push(request);
    const url = new URL(request.url ?? '', server.url);
    const isApi = url.pathname.startsWith('/api/');
    const fault = isApi ? server.faults.api : server.faults.resolve;
    if (fault) fault(request, response);
    else if (isApi) answerApi(url, response);
    else sendOn(url, response);
  });
  const storage = createServer((request, response) => {
    server.storageRequests.push(request);
    const url = new URL(request.url ?? '', 'http://storage');
    const bytes = server.files.get(decodeURIComponent(url.pathname.slice(1)));
    if (server.faults.storage) server.faults.storage(request, response);
    else if (url.searchParams.get('signature') !== String(signature))
      response.writeHead(403).end('Request has expired');
    else if (!bytes) response.writeHead(404).end();
    else sendBytes(request, response, bytes);
  });

  function answerApi(url: URL, response: ServerResponse): void {
    const json = (value: unknown, headers = {}) =>
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (url.pathname === `/api/models/${repo}/revision/main`) {
      json({ id: repo, sha: server.commit, cardData: { license: 'apache-2.0' } });
    } else if (url.pathname === `/api/models/${repo}/tree/${server.commit}`) {
      const all = [
        { type: 'directory', size: 0, path: 'folder' },
        { type: 'file', size: 12, path: 'README.md' },
        ...[...server.files].map(([path, bytes]) => {
          return { type: 'file', size: bytes.length, path, lfs: { oid: sha256(bytes), size: bytes.length } };
        }),
      ];
      const at = Number(url.searchParams.get('cursor') ?? 0);
      const next = at + server.pageSize;
      const link = `<${server.url}${url.pathname}?recursive=true&cursor=${next}>; rel="next"`;
      json(all.slice(at, next), next < all.length ? { link } : {});
    } else response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{"error":"Repository not found"}');
  }

  function sendOn(url: URL, response: ServerResponse): void {
    const path = url.pathname.replace('/resolve/main/', `/resolve/${server.commit}/`);
    const file = decodeURIComponent(path.split(`/resolve/${server.commit}/`)[1] ?? '');
    const bytes = server.files.get(file);
    if (!bytes) return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    const { port } = storage.address() as AddressInfo;
    response
      .writeHead(302, {
        location: `http://127.0.0.1:${port}/${encodeURIComponent(file)}?signature=${signature}`,
        'x-repo-commit': server.commit,
        'x-linked-etag': `"${sha256(bytes)}"`,
        'x-linked-size': bytes.length,
      })
      .end();
  }

  await Promise.all([hub, storage].map(listen));
  const server: HubServer = {
    url: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
    commit: 'c0ffee'.repeat(7).slice(0, 40),
    files: new Map(Object.entries(files)),
    requests: [],
    storageRequests: [],
    faults: {},
    pageSize: 1000,
    expireAddresses: () => signature++,
    close() {
      for (const each of [hub, storage]) {
        each.closeAllConnections();
        each.close();
      }
    },
  };
  return server;
}

const listen = (server: Server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

/** First byte that a request asks for. */
export const rangeOf = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);

/** The file whole, or from the byte asked for; `send` may cut it. */
export function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  send: (rest: Buffer) => void = (rest) => response.end(rest),
): void {
  const from = rangeOf(request);
  response.writeHead(request.headers.range ? 206 : 200, {
    etag: `"${sha256(bytes)}"`,
    'content-length': bytes.length - from,
    ...(request.headers.range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  send(bytes.subarray(from));
}

/**
 * The storage sends `before` bytes of a file and then waits until `release` is called; what is asked for after that comes
 * whole.
 */
export function holdStorage(hub: HubServer, file: string, before: number): { release(): void } {
  const bytes = hub.files.get(file);
  if (!bytes) throw new Error(`the hub has no ${file}`);
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  hub.faults.storage = (request, response) =>
    sendBytes(request, response, bytes, (rest) => {
      const now = Math.max(0, before - rangeOf(request));
      response.write(rest.subarray(0, now));
      void released.then(() => response.end(rest.subarray(now)));
    });
  return {
    release() {
      delete hub.faults.storage;
      release();
    },
  };
}
