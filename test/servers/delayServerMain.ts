import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the server answers; times in milliseconds. */
export interface DelayScript {
  firstMs: number;
  gapMs: number;
  chunks: number;
  /** What the usage says; null: none is sent. */
  usageTokens: number | null;
  /** The key it wants. */
  key?: string;
  /** Of each so many requests, the last is answered 500. */
  failEvery?: number;
  /** Each answer ends in its middle. */
  cut?: boolean;
}

/** What it did; times on the clock that all processes of a computer share (`timeOrigin` + `now`). */
export interface LoggedRequest {
  receivedAt: number;
  /** Just before each chunk with text was written. */
  sentAt: number[];
  /** Just before the last chunk was written. */
  endedAt: number;
  body: { model?: string; messages: { role: string; content?: string }[]; max_tokens?: number; tools?: unknown[] };
}

/** A server with known delays, in a process of its own: `node delayServerMain.mjs '{"firstMs": …}'` prints its address; GET /log. */
const script = JSON.parse(process.argv[2] ?? '{}') as DelayScript;
const log: LoggedRequest[] = [];
let asked = 0;
const clock = () => performance.timeOrigin + performance.now();

const server = createServer((request, response) => {
  handle(request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
// A test that dies must not leave the server behind.
process.stdin.resume().on('end', () => process.exit(0));

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const receivedAt = clock();
  const path = request.url ?? '';
  if (path === '/log') return json(response, 200, log);
  if (script.key !== undefined && request.headers.authorization !== `Bearer ${script.key}`) {
    return json(response, 401, { error: 'Unauthorized' });
  }
  if (path === '/v1/models') return json(response, 200, { data: [{ id: 'delayed', owned_by: 'test' }] });
  if (path !== '/v1/chat/completions') return json(response, 404, { detail: 'Not Found' });
  asked++;
  const body = JSON.parse(await readAll(request)) as LoggedRequest['body'];
  if (script.failEvery !== undefined && asked % script.failEvery === 0) {
    return json(response, 500, { error: { message: 'out of cheese' } });
  }
  await answer(response, receivedAt, body);
}

async function answer(response: ServerResponse, receivedAt: number, body: LoggedRequest['body']): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  const write = (value: unknown) => {
    const at = clock();
    response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    return at;
  };
  const chunk = (delta: unknown, finish: string | null = null) => ({ choices: [{ delta, finish_reason: finish }] });
  const sentAt: number[] = [];
  // Says nothing, so that it is no first token.
  write(chunk({ role: 'assistant', content: '' }));
  for (let index = 0; index < script.chunks; index++) {
    await sleep(index === 0 ? script.firstMs : script.gapMs);
    if (response.destroyed) return;
    if (script.cut && index * 2 >= script.chunks) return void response.destroy();
    sentAt.push(write(chunk({ content: ` word${index}` })));
  }
  write(chunk({}, 'length'));
  if (script.usageTokens !== null) {
    write({ choices: [], usage: { prompt_tokens: 100, completion_tokens: script.usageTokens } });
  }
  const endedAt = write('[DONE]');
  response.end();
  log.push({ receivedAt, sentAt, endedAt, body });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
