import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A piece of a streamed answer; a string is text. All of it is JSON, so that a script can be a file. */
export type Piece =
  | string
  | { text: string; delayMs?: number }
  | { reasoning: string }
  /** A tool call, its arguments in one delta or in these pieces. */
  | { call: { id?: string; name: string; arguments: string | readonly string[]; index?: number } }
  /** Any chunk, as it is. */
  | { chunk: unknown }
  | { delayMs: number }
  /** Nothing more comes, and the connection stays open. */
  | { hang: true };

interface Common {
  /** Only for a request whose body contains this text. */
  when?: string;
  /** Wait before anything is answered (ms). */
  delayMs?: number;
}

export type ScriptedReply = Common &
  (
    | {
        stream: readonly Piece[];
        /** `null`: the stream ends without one. */
        finish?: string | null;
        usage?: { prompt_tokens: number; completion_tokens: number };
        /** Send `[DONE]` (default). */
        done?: boolean;
        /** Destroy the connection after so many bytes of the body. */
        cutAfterBytes?: number;
      }
    | { status: number; headers?: Record<string, string>; body?: unknown }
    | { hang: true }
  );

/** Replies to chat completions in order, the last one for ever; or a function. */
export type Script =
  | readonly ScriptedReply[]
  | { replies: readonly ScriptedReply[]; models?: unknown; gets?: Record<string, unknown> }
  | ((request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply>);

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** Parsed JSON, or the text. */
  body: unknown;
  /** `Date.now()` when it had arrived. */
  at: number;
  /** When the client hung up before the answer was whole. */
  hungUpAt?: number;
  /** When the answer was whole. */
  answeredAt?: number;
}

export interface ScriptedServer {
  url: string;
  requests: RecordedRequest[];
  /** Only those for `/chat/completions`. */
  chats(): RecordedRequest[];
  close(): Promise<void>;
}

const defaultModels = {
  object: 'list',
  data: [{ id: 'scripted', object: 'model', owned_by: 'scripted', max_model_len: 32768 }],
};

/** An OpenAI-compatible server that answers by script, for determinism and for faults. */
export async function startScriptedServer(script: Script, port = 0): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = [];
  const replies = typeof script === 'function' ? null : 'replies' in script ? script.replies : script;
  const models = typeof script === 'object' && 'replies' in script ? (script.models ?? defaultModels) : defaultModels;
  const gets = typeof script === 'object' && 'replies' in script ? (script.gets ?? {}) : {};
  const used = new Set<number>();

  function next(request: RecordedRequest): ScriptedReply | Promise<ScriptedReply> {
    if (typeof script === 'function') return script(request);
    const text = JSON.stringify(request.body);
    const fitting = [...(replies ?? []).entries()].filter(([, { when }]) => when === undefined || text.includes(when));
    const entry = fitting.find(([index]) => !used.has(index)) ?? fitting.at(-1);
    if (entry) used.add(entry[0]);
    const found = entry?.[1];
    return found ?? { status: 500, body: { error: { message: 'the script has no reply for this request' } } };
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: await readBody(incoming),
      at: Date.now(),
    };
    requests.push(request);
    const gone = new AbortController();
    response.on('finish', () => {
      request.answeredAt = Date.now();
    });
    response.on('close', () => {
      if (!response.writableFinished) request.hungUpAt = Date.now();
      gone.abort();
    });
    const known = gets[request.path];
    if (known !== undefined) return json(response, 200, {}, known);
    if (request.path.endsWith('/v1/models')) return json(response, 200, {}, models);
    if (!request.path.endsWith('/chat/completions')) return json(response, 404, {}, { detail: 'Not Found' });
    await answer(response, await next(request), gone.signal);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    chats: () => requests.filter(({ path }) => path.endsWith('/chat/completions')),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function json(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  const type = text.startsWith('<') ? 'text/html' : typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(text);
}

async function answer(response: ServerResponse, reply: ScriptedReply, gone: AbortSignal): Promise<void> {
  const wait = (ms: number) => sleep(ms, undefined, { signal: gone }).catch(() => undefined);
  if (reply.delayMs) await wait(reply.delayMs);
  if ('hang' in reply) return;
  if ('status' in reply) return json(response, reply.status, reply.headers ?? {}, reply.body);

  let left = reply.cutAfterBytes ?? Number.POSITIVE_INFINITY;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  const write = async (data: string): Promise<boolean> => {
    const bytes = Buffer.from(`data: ${data}\n\n`);
    if (bytes.length >= left) {
      await new Promise((resolve) => response.write(bytes.subarray(0, left), resolve));
      response.destroy();
      return false;
    }
    left -= bytes.length;
    response.write(bytes);
    return true;
  };
  const chunk = (delta: unknown, finish: string | null = null) =>
    JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });

  let calls = 0;
  for (const piece of reply.stream) {
    if (gone.aborted) return;
    if (typeof piece === 'object' && 'delayMs' in piece && piece.delayMs) await wait(piece.delayMs);
    if (typeof piece === 'object' && 'hang' in piece) return;
    for (const data of chunksOf(piece, chunk, calls)) if (!(await write(data))) return;
    if (typeof piece === 'object' && 'call' in piece) calls++;
  }
  const finish = reply.finish === undefined ? (calls > 0 ? 'tool_calls' : 'stop') : reply.finish;
  if (finish !== null && !(await write(chunk({}, finish)))) return;
  if (reply.usage && !(await write(JSON.stringify({ choices: [], usage: reply.usage })))) return;
  if (reply.done !== false && !(await write('[DONE]'))) return;
  response.end();
}

function chunksOf(piece: Piece, chunk: (delta: unknown) => string, calls: number): string[] {
  if (typeof piece === 'string') return [chunk({ content: piece })];
  if ('text' in piece) return [chunk({ content: piece.text })];
  if ('reasoning' in piece) return [chunk({ reasoning: piece.reasoning })];
  if ('chunk' in piece) return [JSON.stringify(piece.chunk)];
  if (!('call' in piece)) return [];
  const { name, index = calls, id = `call${String(calls).padStart(5, '0')}` } = piece.call;
  const [first = '', ...rest] = [piece.call.arguments].flat();
  const begin = { index, id, type: 'function', function: { name, arguments: first } };
  return [
    chunk({ tool_calls: [begin] }),
    ...rest.map((text) => chunk({ tool_calls: [{ index, function: { arguments: text } }] })),
  ];
}
