import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { runTurn } from '../../sidecar/agent/agentLoop.ts';
import { isKept } from '../../sidecar/agent/loopEvents.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import { createLog } from '../../sidecar/log.ts';
import type { ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { StreamTimes } from '../../sidecar/models/backends/remote/chatStream.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { summarise } from '../servers/collect.ts';
import {
  chunk,
  done,
  event,
  head,
  hello,
  reply,
  startWireServer,
  streamHead,
  type Wire,
  type WireServer,
} from '../servers/wireServer.ts';
import { agentDeps } from '../unit/scriptedAgent.ts';

interface Fault {
  name: string;
  /** What is written on each try. */
  wire: (wire: Wire) => unknown;
  /** The reason of the end or the code of the problem. */
  end: string;
  text?: string;
  /** In what the person is told. */
  says?: RegExp;
  calls?: [name: string, args: string][];
  /** Completions that were asked for; 1 if left out. */
  tries?: number;
  /** The list of models, raw; null: never answered. */
  models?: string | null;
  /** Answered after this many `stalled`, by the person's Stop. */
  stopAfterStalls?: number;
  address?: string;
  times?: Partial<StreamTimes>;
}

const ends = (data: string | Buffer) => async (wire: Wire) => {
  await wire.write(data);
  wire.socket.end();
};
const once =
  (first: (wire: Wire) => unknown, then: (wire: Wire) => unknown = ends(streamHead + hello)) =>
  (wire: Wire) =>
    wire.tries === 1 ? first(wire) : then(wire);
const reset = (wire: Wire) => wire.socket.resetAndDestroy();
const stays = (data: string) => (wire: Wire) => wire.write(data);
const bytes = async (wire: Wire, data: Buffer, everyMs: number) => {
  for (const byte of data) {
    await wire.write(Buffer.from([byte]));
    if (everyMs > 0) await sleep(everyMs);
  }
  wire.socket.end();
};
const call = (index: number, id: string, name: string, args: unknown) =>
  chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] });
const called = chunk({}, 'tool_calls') + done;
const packed = (encoding: string, body: Buffer) =>
  Buffer.concat([Buffer.from(head(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })), body]);
const emoji = Buffer.from(streamHead + chunk({ content: '世界 😀' }) + chunk({}, 'stop') + done);
const key = 'canary-wire-90ab17';
const page = '<!doctype html><title>Sign in</title>';
const half = '{"choices":[{"message":{"content":"Hel';

const faults: Fault[] = [
  // The connection.
  {
    name: 'nothing listens',
    address: 'http://127.0.0.1:9',
    wire: reset,
    end: 'serverUnreachable',
    says: /ECONNREFUSED/,
    tries: 0,
  },
  {
    name: 'no such host',
    address: 'http://no-such-host.invalid',
    wire: reset,
    end: 'serverUnreachable',
    says: /ENOTFOUND|EAI_AGAIN/,
    tries: 0,
  },
  {
    name: 'no address at all',
    address: 'http://',
    wire: reset,
    end: 'serverUnreachable',
    says: /not an address/,
    tries: 0,
  },
  { name: 'reset each time', wire: reset, end: 'serverUnreachable', says: /ECONNRESET|UND_ERR_SOCKET/, tries: 3 },
  { name: 'reset once', wire: once(reset), end: 'stop', text: 'Hello', tries: 2 },
  {
    name: 'closed without an answer, once',
    wire: once((wire) => wire.socket.end()),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'reset between head and first chunk, once',
    wire: once(async (wire) => {
      await wire.write(streamHead);
      await sleep(20);
      reset(wire);
    }),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'reset in the middle',
    wire: async (wire) => {
      await wire.write(streamHead + chunk({ content: 'Hel' }));
      await sleep(30);
      reset(wire);
    },
    end: 'streamCut',
    text: 'Hel',
    says: /after 1 token;/,
  },
  {
    name: 'https to a server without TLS',
    address: 'https',
    wire: reset,
    end: 'tls',
    says: /does not speak TLS/,
    tries: 0,
  },
  { name: 'not HTTP', wire: ends('SSH-2.0-OpenSSH_9.6\r\n'), end: 'serverGarbled', says: /what is not HTTP/ },
  {
    name: 'broken chunk sizes',
    wire: ends(`${head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' })}zz\r\nabc`),
    end: 'serverGarbled',
    says: /not HTTP/,
  },
  {
    name: 'fewer bytes than announced',
    wire: ends(
      `${head(200, { 'content-type': 'text/event-stream', 'content-length': '9000' })}${chunk({ content: 'Hel' })}`,
    ),
    end: 'streamCut',
    text: 'Hel',
  },
  {
    name: 'a head of 100 KB',
    wire: ends(`${head(200, { 'x-long': 'a'.repeat(100_000) })}`),
    end: 'serverUnreachable',
    says: /UND_ERR_HEADERS_OVERFLOW|HPE/,
    tries: 1,
  },
  // Redirects.
  {
    name: 'a redirect loop',
    wire: stays('HTTP/1.1 307 X\r\nlocation: /v1/chat/completions\r\ncontent-length: 0\r\n\r\n'),
    end: 'serverRefused',
    says: /redirect/,
    tries: 6,
  },
  {
    name: 'a redirect to another origin',
    wire: ends(reply(308, '', { location: 'http://127.0.0.1:9/v1/chat/completions' })),
    end: 'serverRefused',
    says: /not followed/,
  },
  {
    name: 'a redirect that loses the question',
    wire: ends(reply(302, '', { location: '/elsewhere' })),
    end: 'serverRefused',
    says: /not followed/,
  },
  { name: 'a redirect to nowhere', wire: ends(reply(307, '')), end: 'serverRefused', says: /307/ },
  // Statuses.
  {
    name: '103 first',
    wire: ends(`HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${streamHead}${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: '100 unasked, once',
    wire: once(ends('HTTP/1.1 100 Continue\r\n\r\n')),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  { name: '204', wire: ends(head(204)), end: 'serverRefused', says: /204/ },
  {
    name: '400 with a reason',
    wire: ends(reply(400, '{"error":{"message":"roles must alternate"}}')),
    end: 'serverRefused',
    says: /roles must alternate/,
  },
  {
    name: '400 overflow',
    wire: ends(
      reply(400, '{"error":{"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":99,"n_ctx":64}}'),
    ),
    end: 'contextFull',
    says: /99 of 64/,
  },
  {
    name: '401',
    wire: ends(reply(401, `{"error":"Unauthorized: ${key}"}`)),
    end: 'serverKeyRefused',
    says: /401/,
  },
  { name: '403 with a page', wire: ends(reply(403, page)), end: 'serverKeyRefused', says: /403/ },
  { name: '404 of the path', wire: ends(reply(404, '404 page not found')), end: 'serverRefused', says: /404/ },
  {
    name: '404 of the model',
    wire: ends(reply(404, '{"error":{"message":"The model `x` does not exist."}}')),
    end: 'serverModelUnknown',
  },
  { name: '413', wire: ends(reply(413, 'Payload Too Large')), end: 'serverRefused', says: /413: Payload Too Large/ },
  {
    name: '422 with a list',
    wire: ends(reply(422, '{"detail":[{"loc":["min_p"],"msg":"Extra inputs are not permitted"}]}')),
    end: 'serverRefused',
    says: /Extra inputs/,
  },
  {
    name: '429 with Retry-After, once',
    wire: once(ends(reply(429, '', { 'retry-after': '0' }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  { name: '429 for an hour', wire: ends(reply(429, '', { 'retry-after': '3600' })), end: 'serverBusy', says: /429/ },
  {
    name: '429 with a Retry-After that is none',
    wire: once(ends(reply(429, '', { 'retry-after': 'soon' }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: '500 each time',
    wire: ends(reply(500, 'Internal Server Error')),
    end: 'serverBusy',
    says: /tried 3 times/,
    tries: 3,
  },
  {
    name: '500 of a call that cannot be read',
    wire: ends(reply(500, '{"error":"tool \'launch\' not found"}')),
    end: 'callUnreadable',
    says: /launch/,
  },
  { name: '502 with a page, once', wire: once(ends(reply(502, page))), end: 'stop', text: 'Hello', tries: 2 },
  {
    name: '503 while it loads, five times',
    wire: (wire) =>
      ends(wire.tries <= 5 ? reply(503, '{"error":{"message":"Loading model"}}') : streamHead + hello)(wire),
    end: 'stop',
    text: 'Hello',
    tries: 6,
  },
  { name: '504, once', wire: once(ends(reply(504, ''))), end: 'stop', text: 'Hello', tries: 2 },
  { name: '501', wire: ends(reply(501, '')), end: 'serverRefused', says: /501/ },
  { name: '599', wire: ends(reply(599, '')), end: 'serverBusy', says: /599/, tries: 3 },
  // The body.
  { name: 'a page', wire: ends(reply(200, page, { 'content-type': 'text/html' })), end: 'serverNotModel' },
  { name: 'an empty body', wire: ends(reply(200, '')), end: 'serverGarbled', says: /an empty answer/, tries: 3 },
  {
    name: 'half JSON',
    wire: ends(reply(200, half, { 'content-type': 'application/json' })),
    end: 'serverGarbled',
    says: /neither an answer/,
  },
  { name: 'plain words', wire: ends(reply(200, 'It works!')), end: 'serverGarbled', says: /neither an answer/ },
  {
    name: 'events as text/plain',
    wire: ends(reply(200, hello, { 'content-type': 'text/plain' })),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'one completion instead of events',
    wire: ends(reply(200, '{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}')),
    end: 'stop',
    text: 'Hello',
  },
  { name: 'CRLF', wire: ends(streamHead + hello.replaceAll('\n', '\r\n')), end: 'stop', text: 'Hello' },
  { name: 'CR alone', wire: ends(`${streamHead}${hello.replaceAll('\n', '\r')}\r`), end: 'stop', text: 'Hello' },
  { name: 'a byte order mark', wire: ends(`${streamHead}\ufeff${hello}`), end: 'stop', text: 'Hello' },
  {
    name: 'comments, ids, retries and unknown fields',
    wire: ends(`${streamHead}: ping\n\nid: 7\nretry: 10\nnonsense\n${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a giant line that never ends',
    wire: ends(Buffer.concat([Buffer.from(`${streamHead}data: `), Buffer.alloc(64_000_000, 97)])),
    end: 'serverGarbled',
    says: /8 million/,
  },
  {
    name: 'a chunk of 64 MB',
    wire: ends(`${streamHead}${chunk({ content: 'Hel' })}${chunk({ content: 'a'.repeat(64_000_000) })}`),
    end: 'serverGarbled',
    text: 'Hel',
  },
  { name: 'UTF-8 in single bytes', wire: (wire) => bytes(wire, emoji, 0), end: 'stop', text: '世界 😀' },
  {
    name: 'bytes that are not UTF-8',
    wire: ends(
      Buffer.concat([
        Buffer.from(`${streamHead}data: {"choices":[{"delta":{"content":"a`),
        Buffer.from([0xf0, 0x9f]),
        Buffer.from(`b"},"finish_reason":"stop"}]}\n\n`),
      ]),
    ),
    end: 'stop',
    text: 'a\ufffdb',
  },
  { name: 'no [DONE]', wire: ends(streamHead + hello.replace(done, '')), end: 'stop', text: 'Hello' },
  {
    name: 'no reason of the end',
    wire: ends(streamHead + chunk({ content: 'Hel' })),
    end: 'streamCut',
    text: 'Hel',
    says: /after 1 token;/,
  },
  {
    name: 'the last event without its empty line',
    wire: ends((streamHead + hello).trimEnd()),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'data after [DONE]',
    wire: ends(streamHead + hello + chunk({ content: ' and more' })),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a chunk cut off, then others',
    wire: ends(`${streamHead}data: {"choices":[{"delta":{"con\n\n${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'chunks that are null, numbers, lists and depths',
    wire: ends(
      `${streamHead}${['null', '7', '[]', '{"choices":null}', '{"choices":[null]}', '['.repeat(50_000)].map(event).join('')}${hello}`,
    ),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'an unknown reason of the end',
    wire: ends(streamHead + chunk({ content: 'Hello' }, 'eos')),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'the server stopped it',
    wire: ends(streamHead + chunk({ content: 'Hel' }) + chunk({}, 'abort') + done),
    end: 'streamCut',
    text: 'Hel',
    says: /cut off|after 1/,
  },
  {
    name: 'an error before the first token, once',
    wire: once(ends(streamHead + event({ error: { message: 'x', code: 500 } }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'an error in words after it',
    wire: ends(streamHead + chunk({ content: 'Hel' }) + event({ error: 'CUDA out of memory' })),
    end: 'serverBusy',
    text: 'Hel',
  },
  {
    name: 'content as a list of chunks',
    wire: ends(streamHead + chunk({ content: [{ type: 'text', text: 'Hello' }] }, 'stop') + done),
    end: 'stop',
    text: 'Hello',
  },
  // Usage.
  { name: 'no usage', wire: ends(streamHead + hello), end: 'stop', text: 'Hello' },
  {
    name: 'negative usage',
    wire: ends(
      streamHead +
        hello.replace(done, event({ choices: [], usage: { prompt_tokens: -5, completion_tokens: -1 } }) + done),
    ),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'usage in words',
    wire: ends(streamHead + hello.replace(done, event({ choices: [], usage: { prompt_tokens: 'many' } }) + done)),
    end: 'stop',
    text: 'Hello',
  },
  // Calls.
  {
    name: 'two calls with one index',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":1}') + call(0, 'b', 'bash', '{"a":2}') + called),
    end: 'toolCalls',
    calls: [
      ['bash', '{"a":1}'],
      ['bash', '{"a":2}'],
    ],
  },
  {
    name: 'two calls with one id',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":1}') + call(1, 'a', 'bash', '{"a":2}') + called),
    end: 'toolCalls',
    calls: [
      ['bash', '{"a":1}'],
      ['bash', '{"a":2}'],
    ],
  },
  {
    name: 'arguments that are no JSON',
    wire: ends(streamHead + call(0, 'a', 'bash', 'ls -l') + called),
    end: 'toolCalls',
    calls: [['bash', 'ls -l']],
  },
  {
    name: 'arguments as an object',
    wire: ends(streamHead + call(0, 'a', 'bash', { a: 1 }) + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'arguments in a string in a string',
    wire: ends(streamHead + call(0, 'a', 'bash', '"{\\"a\\":1}"') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'arguments cut by the end',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":') + chunk({}, 'length') + done),
    end: 'length',
    calls: [['bash', '{"a":']],
  },
  {
    name: 'a marker in the name',
    wire: ends(streamHead + call(0, 'a', '[TOOL_CALLS]bash[ARGS]', '{"a":1}') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'the arguments in the name',
    wire: ends(streamHead + call(0, 'a', 'bash[CALL_ID]abc[ARGS]{"a":', '1}') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'a call as text',
    wire: ends(
      streamHead + chunk({ content: '[TOOL_CALLS]bash[ARGS]{"a":' }) + chunk({ content: '1}' }, 'stop') + done,
    ),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'a call as text without a marker',
    wire: ends(streamHead + chunk({ content: 'bash{"a": "x\ny"}' }, 'stop') + done),
    end: 'toolCalls',
    calls: [['bash', '{"a": "x\ny"}']],
  },
  // Packed.
  { name: 'gzip unasked', wire: ends(packed('gzip', gzipSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'deflate unasked', wire: ends(packed('deflate', deflateSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'brotli unasked', wire: ends(packed('br', brotliCompressSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'gzip that is none', wire: ends(packed('gzip', Buffer.from(hello))), end: 'serverGarbled', says: /unpacked/ },
  {
    name: 'gzip cut off',
    wire: ends(packed('gzip', gzipSync(hello.repeat(50)).subarray(0, 40))),
    end: 'serverGarbled',
    says: /unpacked/,
  },
  // Silence, at each stage. Only Stop ends it.
  { name: 'silence before the head', wire: () => undefined, end: 'cancelled', stopAfterStalls: 2 },
  {
    name: 'silence in the middle of the head',
    wire: stays('HTTP/1.1 200 OK\r\ncontent-ty'),
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  {
    name: 'silence in an error',
    wire: stays(head(400, { 'content-length': '90' })),
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  { name: 'silence after the head', wire: stays(streamHead), end: 'cancelled', stopAfterStalls: 2 },
  {
    name: 'silence in the answer',
    wire: stays(streamHead + chunk({ content: 'Hel' })),
    end: 'cancelled',
    text: 'Hel',
    stopAfterStalls: 2,
  },
  {
    name: 'silence in an event',
    wire: stays(`${streamHead}${chunk({ content: 'Hel' })}data: {"cho`),
    end: 'cancelled',
    text: 'Hel',
    stopAfterStalls: 2,
  },
  {
    name: 'comments for ever',
    wire: async (wire) => {
      await wire.write(streamHead);
      while (!wire.socket.destroyed) {
        await wire.write(': ping\n\n');
        await sleep(10);
      }
    },
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  { name: 'silence after the end', wire: stays(streamHead + hello.replace(done, '')), end: 'stop', text: 'Hello' },
  { name: 'an end that never closes', wire: stays(streamHead + hello), end: 'stop', text: 'Hello' },
  {
    name: 'a byte at a time',
    wire: (wire) => bytes(wire, Buffer.from(streamHead + hello), 1),
    end: 'stop',
    text: 'Hello',
    times: { stallMs: 2000 },
  },
  // The list of models.
  {
    name: 'a list that never comes',
    models: null,
    wire: ends(streamHead + hello),
    end: 'serverUnreachable',
    tries: 0,
    times: { askMs: 100 },
  },
  {
    name: 'a list that is no JSON',
    models: reply(200, 'nonsense'),
    wire: ends(streamHead + hello),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a list that is a page',
    models: reply(200, page),
    wire: ends(streamHead + hello),
    end: 'serverNotModel',
    tries: 0,
  },
  { name: 'no list', models: reply(404, ''), wire: ends(streamHead + hello), end: 'stop', text: 'Hello' },
];

const quick: Partial<StreamTimes> = { connectMs: 1000, stallMs: 40, retryMs: 2, graceMs: 60, askMs: 1000, tries: 3 };
const earlier: AgentEvent[] = [
  { type: 'user', id: '1', text: 'What is in the file?', context: '' },
  { type: 'answer', text: 'A function.', reasoning: '', calls: [] },
  { type: 'end', reason: 'done' },
];
const withTool: StreamRequest = {
  messages: [{ role: 'user', content: 'List the files' }],
  tools: [{ name: 'bash', description: 'runs', parameters: { type: 'object' } }],
  sampling: { temperature: 0, maxTokens: 64 },
};

describe(`${faults.length} faults on the wire`, () => {
  let server: WireServer | undefined;
  const lines: string[] = [];
  afterEach(() => server?.close());

  function open(fault: Fault, url: string) {
    const address = fault.address === 'https' ? url.replace('http:', 'https:') : (fault.address ?? url);
    return createRemoteBackend({
      name: 'Wire',
      url: address,
      offline: false,
      proxy: { url: '', noProxy: ['*'], strictTls: true },
      getKey: async () => key,
      log: createLog((line) => lines.push(line)),
      times: { ...quick, ...fault.times },
    });
  }

  it('are at least the 40 that the plan asks for, each with its own name', () => {
    assert.ok(faults.length >= 40);
    assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
  });

  for (const fault of faults) {
    it(`${fault.name}: ${fault.end}`, async () => {
      server = await startWireServer(fault.wire, fault.models);
      const backend = open(fault, server.url);
      const events: ModelEvent[] = [];
      const stop = new AbortController();
      let stalls = 0;
      async function* watched(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
        for await (const each of backend.stream(request, signal)) {
          events.push(each);
          if (each.type === 'stalled' && ++stalls === fault.stopAfterStalls) stop.abort();
          yield each;
        }
      }
      if (fault.calls) for await (const _each of watched(withTool, stop.signal));
      else {
        // As a turn of a session, whose conversation must be whole afterwards and go on.
        const log = [...earlier];
        const deps = agentDeps({ ...backend, stream: watched }, []);
        const message = { type: 'user', id: '2', text: 'And now?', context: '' } as const;
        for await (const each of runTurn(message, earlier, deps, stop.signal)) if (isKept(each)) log.push(each);
        const [before, after] = [earlier, log].map((events) => messagesOf(deps.systemPrompt, events));
        const answer = { role: 'assistant', content: fault.text || '(no answer)' };
        assert.deepEqual(after, [...(before ?? []), { role: 'user', content: 'And now?' }, answer]);
        const end = log.at(-1);
        assert.ok(end?.type === 'end');
        const reasons: Record<string, string> = { stop: 'done', cancelled: 'stopped' };
        assert.deepEqual([end.reason, end.problem?.code ?? fault.end], [reasons[fault.end] ?? 'failed', fault.end]);
      }
      const got = summarise(events);
      assert.deepEqual(got.ends, [fault.end]);
      assert.equal(got.text, fault.text ?? '');
      assert.deepEqual(
        got.calls.map(({ name, arguments: args }) => [name, args]),
        fault.calls ?? [],
      );
      assert.equal(server.chats(), fault.tries ?? 1, 'completions that were asked for');
      const last = events.at(-1);
      if (fault.says) {
        assert.ok(last?.type === 'error');
        assert.match(`${last.problem.title}: ${last.problem.sentence}`, fault.says);
      }
      for (const each of events) {
        if (each.type === 'usage') assert.ok(each.promptTokens >= 0 && each.outputTokens >= 0);
      }
      await backend.dispose();
      assert.doesNotMatch(JSON.stringify(events) + lines.splice(0).join('\n'), new RegExp(key));
    });
  }
});
