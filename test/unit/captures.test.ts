import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Message, StreamRequest, Tool } from '../../sidecar/models/backend.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import { bytesOf, type Capture, loadCaptures } from '../servers/captures.ts';
import { type Collected, collect } from '../servers/collect.ts';
import { type ReplayServer, startReplayServer } from '../servers/replayServer.ts';
import { chatErrors, type Expected, streams } from './capturesExpected.ts';

interface CapturedBody {
  model?: string;
  stream?: boolean;
  messages?: { role: string; content?: unknown; tool_call_id?: string; tool_calls?: CapturedCall[] }[];
  tools?: { function?: { name?: string; description?: string; parameters?: Record<string, unknown> } }[];
}

interface CapturedCall {
  id: string;
  function: { name: string; arguments: unknown };
}

const folder = join('test', 'fixtures', 'captures');
const quiet = { info() {}, warn() {}, error() {}, recentProblems: () => [] };
const servers = readdirSync(folder).map((file) => file.replace('.jsonl.gz', ''));

const statusOf = (capture: Capture) => Number(bytesOf(capture).subarray(9, 12).toString());
const bodyOf = (capture: Capture): CapturedBody =>
  typeof capture.body === 'object' && capture.body !== null ? (capture.body as CapturedBody) : {};

/** Our own request for the captured one: the reply does not depend on it, but the tools decide what is recovered. */
function requestFor(body: CapturedBody): StreamRequest {
  const messages = (body.messages ?? []).map((message): Message => {
    const content = typeof message.content === 'string' ? message.content : JSON.stringify(message.content ?? '');
    if (message.role === 'tool') return { role: 'tool', toolCallId: message.tool_call_id ?? '', content };
    if (message.role === 'system') return { role: 'system', content };
    if (message.role !== 'assistant') return { role: 'user', content };
    const toolCalls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
      id,
      name,
      arguments: typeof args === 'string' ? args : JSON.stringify(args),
    }));
    return { role: 'assistant', content, toolCalls };
  });
  const tools = (body.tools ?? []).flatMap((tool): Tool[] =>
    tool.function?.name === undefined ? [] : [{ name: tool.function.name, description: '', parameters: {} }],
  );
  return { messages, tools, sampling: { temperature: 0, maxTokens: 64 } };
}

/** Positions that split a body into pieces of 1 to 40 bytes, the same in every run. */
function splitSmall(body: Buffer): number[] {
  const at: number[] = [];
  let seed = body.length;
  for (let position = 0; position < body.length && at.length < 400; ) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    position += 1 + (seed % 40);
    at.push(Math.min(position, body.length));
  }
  return at;
}

async function replay(capture: Capture, all: Capture[]): Promise<{ got: Collected; server: ReplayServer }> {
  const gets = new Map(all.filter(({ method }) => method === 'GET').map((entry) => [entry.path, entry]));
  // Ollama is spoken to by its own API; what its OpenAI endpoint answered is read as that of any server.
  const asAny = bytesOf(capture).length > 0 && capture.path === '/v1/chat/completions';
  const server = await startReplayServer({
    splitAt: splitSmall,
    reply: ({ method, path }) => {
      if (method === 'POST') return path === capture.path ? bytesOf(capture) : null;
      const found = gets.get(path);
      if (!found) return null;
      const ollama = bytesOf(found).toString('latin1').includes('"library"') || path === '/';
      if (!ollama || !asAny) return bytesOf(found);
      return path === '/v1/models' ? Buffer.from(bytesOf(found).toString().replaceAll('"library"', '"someone"')) : null;
    },
  });
  const { model } = bodyOf(capture);
  const backend = createRemoteBackend({
    name: 'Replay',
    url: server.url,
    ...(model === undefined ? {} : { model }),
    offline: true,
    proxy: { url: '', noProxy: [], strictTls: true },
    getKey: async () => null,
    log: quiet,
    times: { retryMs: 1, tries: 2 },
  });
  try {
    return { got: await collect(backend.stream(requestFor(bodyOf(capture)), new AbortController().signal)), server };
  } finally {
    await backend.dispose();
    await server.close();
  }
}

/** What holds for every answer, whoever gave it. */
function assertSound(got: Collected): void {
  assert.equal(got.ends.length, 1, `ends: ${got.ends.join(', ')}`);
  const last = got.events.at(-1);
  assert.ok(last?.type === 'finish' || last?.type === 'error');
  assert.doesNotMatch(got.text + got.reasoning, /\[(TOOL_CALLS|ARGS|CALL_ID|\/?THINK|\/?INST|\/?TOOL_RESULTS)\]/);
  const ids = got.calls.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  for (const { id } of got.calls) assert.notEqual(id, '');
  const count = (type: string) => got.events.filter((event) => event.type === type).length;
  assert.equal(count('toolCallEnd'), count('toolCallBegin'));
}

function assertExpected(got: Collected, expected: Expected): void {
  assert.deepEqual(
    {
      text: got.text,
      reasoning: got.reasoning,
      calls: got.calls.map(({ name, arguments: args }) => [name, args]),
      end: got.ends[0],
    },
    { text: '', reasoning: '', calls: [], ...expected },
  );
}

/** A whole completion in place of events is read as one. */
function assertWhole(got: Collected, capture: Capture): void {
  const raw = bytesOf(capture).toString();
  const reply = JSON.parse(raw.slice(raw.indexOf('\r\n\r\n'))) as {
    choices: { message: { content?: string | null; tool_calls?: unknown[] | null }; finish_reason: string }[];
  };
  const choice = reply.choices[0];
  const content = choice?.message.content ?? '';
  const calls = choice?.message.tool_calls?.length ?? 0;
  assert.match(got.ends[0] ?? '', /^(stop|length|toolCalls)$/);
  if (choice?.finish_reason === 'length') assert.equal(got.ends[0], 'length');
  // With tools, calls are also recovered from the text.
  if (bodyOf(capture).tools === undefined && !/\[[A-Z_]+\]/.test(content)) assert.equal(got.text, content);
  assert.ok(got.calls.length >= calls);
}

/** An answer of Ollama's own API in one object. */
function assertNativeWhole(got: Collected, capture: Capture): void {
  const raw = bytesOf(capture).toString();
  const reply = JSON.parse(raw.slice(raw.indexOf('\r\n\r\n'))) as {
    message: { content: string };
    done_reason: string;
    prompt_eval_count: number;
  };
  assert.equal(got.text, reply.message.content);
  assert.equal(got.ends[0], reply.done_reason);
  const usage = got.events.find((event) => event.type === 'usage');
  assert.ok(usage?.type === 'usage' && usage.promptTokens === reply.prompt_eval_count);
}

describe('captured servers', () => {
  for (const server of servers) {
    describe(server, () => {
      const all = loadCaptures(server);
      const chats = all.filter(
        ({ method, path }) => method === 'POST' && (path === '/v1/chat/completions' || path === '/api/chat'),
      );
      for (const capture of chats) {
        const status = statusOf(capture);
        const stream = /^content-type: (text\/event-stream|application\/x-ndjson)/im.test(bytesOf(capture).toString());
        it(`${capture.case}${stream ? ' (stream)' : ''}: ${status}`, async () => {
          const { got } = await replay(capture, all);
          assertSound(got);
          if (status !== 200) assert.equal(got.ends[0], chatErrors(capture.case, status, bytesOf(capture).toString()));
          else if (stream) assertExpected(got, streams(server, capture.case));
          else if (capture.path === '/api/chat') assertNativeWhole(got, capture);
          else assertWhole(got, capture);
        });
      }
    });
  }
});
