import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RouteRequest {
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string | string[] | undefined>;
}

/** What a path answers: JSON, JSON lines (Ollama) or named events. */
export type RouteReply =
  | { status?: number; json: unknown }
  | { lines: readonly unknown[] }
  | { events: readonly { type: string; [field: string]: unknown }[] };

export interface RouteServer {
  url: string;
  requests: RouteRequest[];
  to(path: string): RouteRequest[];
  close(): Promise<void>;
}

/** A server with an API of its own: each path answers by a function of the request and of how often it was asked. */
export async function startRouteServer(
  routes: Record<string, (body: Record<string, unknown>, times: number) => RouteReply>,
): Promise<RouteServer> {
  const requests: RouteRequest[] = [];
  const server = createServer(async (incoming, response) => {
    let text = '';
    for await (const part of incoming) text += part;
    const path = incoming.url ?? '';
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    requests.push({ path, body, headers: incoming.headers });
    const reply = routes[path]?.(body, requests.filter((request) => request.path === path).length);
    if (!reply) response.writeHead(404).end('404 page not found');
    else if ('lines' in reply) {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(reply.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    } else if ('events' in reply) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(reply.events.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join(''));
    } else {
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.json));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    to: (path) => requests.filter((request) => request.path === path),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
