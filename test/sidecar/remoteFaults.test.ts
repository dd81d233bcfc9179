import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readJson } from '../../scripts/texts/bundles.mjs';
import { createLog } from '../../sidecar/log.ts';
import type { ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import { createRemoteBackend, type RemoteOptions } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import { useTexts } from '../../sidecar/protocol/translate.ts';
import { collect } from '../servers/collect.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';

const key = 'canary-5f0c2b7e91d4';
const request: StreamRequest = {
  messages: [{ role: 'user', content: 'Hello' }],
  tools: [],
  sampling: { temperature: 0, maxTokens: 16 },
};
const withTool: StreamRequest = {
  ...request,
  tools: [{ name: 'bash', description: 'runs', parameters: { type: 'object' } }],
};
const forever = () => new AbortController().signal;

/** Address of a port that nothing listens on. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 1}`;
}

describe('remote backend', () => {
  const servers: ScriptedServer[] = [];
  const lines: string[] = [];
  const keysAskedFor: string[] = [];

  async function start(script: Script): Promise<ScriptedServer> {
    const server = await startScriptedServer(script);
    servers.push(server);
    return server;
  }

  function connect(url: string, more: Partial<RemoteOptions> = {}) {
    return createRemoteBackend({
      name: 'Test',
      url,
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      getKey: async (origin) => {
        keysAskedFor.push(origin);
        return key;
      },
      log: createLog((line) => lines.push(line)),
      times: { retryMs: 5 },
      ...more,
    });
  }

  async function ask(url: string, what: StreamRequest = request, more: Partial<RemoteOptions> = {}) {
    const backend = connect(url, more);
    try {
      const got = await collect(backend.stream(what, forever()));
      assert.equal(got.ends.length, 1);
      assert.doesNotMatch(JSON.stringify(got.events), new RegExp(key));
      return got;
    } finally {
      await backend.dispose();
    }
  }

  const lastError = (events: readonly ModelEvent[]) => {
    const last = events.at(-1);
    assert.ok(last?.type === 'error', `ended with ${last?.type}`);
    return last.problem;
  };

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    assert.doesNotMatch(lines.join('\n'), new RegExp(key));
  });

  it('streams text, thought, calls and usage', async () => {
    const server = await start([
      {
        stream: [{ reasoning: 'hm' }, 'Hel', 'lo', { call: { name: 'bash', arguments: ['{"a"', ':1}'] } }],
        usage: { prompt_tokens: 5, completion_tokens: 4 },
      },
    ]);
    const got = await ask(server.url, withTool);
    assert.equal(got.text, 'Hello');
    assert.equal(got.reasoning, 'hm');
    assert.deepEqual(got.calls, [{ id: 'call00000', name: 'bash', arguments: '{"a":1}' }]);
    assert.deepEqual(got.ends, ['toolCalls']);
    const usage = got.events.find((event) => event.type === 'usage');
    assert.ok(usage?.type === 'usage' && usage.promptTokens === 5 && usage.outputTokens === 4);
    const [chat] = server.chats();
    assert.equal(chat?.headers.authorization, `Bearer ${key}`);
    const body = chat?.body as Record<string, unknown>;
    assert.equal(body.model, 'scripted');
    assert.equal(body.stream, true);
    assert.deepEqual(body.stream_options, { include_usage: true });
  });

  it('sends no tools rather than an empty list, and takes an address with /v1/', async () => {
    const server = await start([{ stream: ['ok'] }]);
    assert.equal((await ask(`${server.url}/v1/`)).text, 'ok');
    const [chat] = server.chats();
    assert.ok(chat);
    assert.doesNotMatch(JSON.stringify(chat.body), /tools/);
  });

  it('asks for the list of models once and never for a probing completion', async () => {
    const server = await start([{ stream: ['ok'] }]);
    const backend = connect(server.url);
    const capabilities = await backend.capabilities(forever());
    assert.equal(capabilities.contextSize, 32768);
    assert.equal(capabilities.exactTokenCounts, false);
    await collect(backend.prepare(forever()));
    await backend.capabilities(forever());
    assert.deepEqual(
      server.requests.map(({ method, path }) => `${method} ${path}`),
      ['GET /v1/models'],
    );
    const few = await backend.countTokens(request.messages, [], forever());
    assert.ok(few >= 5 && few < 20, String(few));
    await backend.dispose();
  });

  it('counts what the server said of a prompt, and estimates what is new or never was counted', async () => {
    const usage = { prompt_tokens: 9000, completion_tokens: 3 };
    const server = await start([{ stream: ['ok'] }, { stream: ['ok'], usage }]);
    const backend = connect(server.url);
    const long: StreamRequest = {
      ...request,
      messages: [{ role: 'user', content: 'const value = list[0];\n'.repeat(2000) }],
    };
    const more: StreamRequest['messages'] = [
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: 'And now?' },
    ];
    const count = () => backend.countTokens([...long.messages, ...more], [], forever());
    await collect(backend.stream(long, forever()));
    const guessed = await count();
    assert.ok(guessed > 10_000 && guessed < 20_000, `${guessed} of 46,000 bytes`);
    await collect(backend.stream(long, forever()));
    const known = await count();
    assert.ok(known > 9000 && known < 9050, String(known));
    await backend.dispose();
  });

  it('says at once that nothing listens', async () => {
    const problem = lastError((await ask(await closedPort())).events);
    assert.equal(problem.code, 'serverUnreachable');
    assert.match(problem.sentence, /ECONNREFUSED/);
  });

  it('401: the key is refused, and what the server echoes is not shown', async () => {
    const server = await start([{ status: 401, body: { error: { message: `Incorrect API key provided: ${key}` } } }]);
    const problem = lastError((await ask(server.url)).events);
    assert.equal(problem.code, 'serverKeyRefused');
    assert.match(problem.details ?? '', /\[redacted\]/);
    assert.equal(server.chats().length, 1);
  });

  it('404: the model is not there', async () => {
    const server = await start([{ status: 404, body: { error: { message: 'The model `x` does not exist.' } } }]);
    const problem = lastError((await ask(server.url, request, { model: 'x' })).events);
    assert.equal(problem.code, 'serverModelUnknown');
    assert.match(problem.sentence, /does not serve x/);
  });

  it('429 with Retry-After, then an answer', async () => {
    const server = await start([
      { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' },
      { stream: ['ok'] },
    ]);
    const got = await ask(server.url);
    assert.equal(got.text, 'ok');
    assert.equal(got.events[0]?.type, 'queued');
    const [first, second] = server.chats();
    assert.ok(first && second && second.at - first.at >= 1000, 'waits as long as the server asks');
  });

  it('gives up at once when the server asks for a very long wait', async () => {
    const server = await start([{ status: 429, headers: { 'retry-after': '3600' } }]);
    assert.equal(lastError((await ask(server.url)).events).code, 'serverBusy');
    assert.equal(server.chats().length, 1);
  });

  it('500 each time: tried, then told', async () => {
    const server = await start([{ status: 500, body: 'Internal Server Error' }]);
    const problem = lastError((await ask(server.url)).events);
    assert.equal(problem.code, 'serverBusy');
    assert.equal(problem.sentence, 'Status 500; tried 4 times.');
    assert.equal(server.chats().length, 4);
  });

  it('names the status of an error within the stream in every language', async () => {
    const overloaded = { error: { message: 'overloaded', code: 503 } };
    const server = await start([{ stream: [{ chunk: overloaded }], finish: null, done: false }]);
    useTexts({ language: 'fr', bundle: readJson('l10n/bundle.l10n.fr.json') });
    try {
      const problem = lastError((await ask(server.url)).events);
      assert.equal(problem.sentence, 'Code d’état 503\u202f; 4 tentatives.');
    } finally {
      useTexts({ language: 'en' });
    }
  });

  it('waits while a server loads its model', async () => {
    const loading = { status: 503, body: { error: { message: 'Loading model', code: 503 } } };
    const server = await start([loading, loading, loading, loading, loading, loading, { stream: ['ok'] }]);
    const got = await ask(server.url);
    assert.equal(got.text, 'ok');
    assert.equal(got.events.filter((event) => event.type === 'loading').length, 6);
  });

  it('a web page is not a model server', async () => {
    const page = '<!doctype html><title>Router</title>';
    const onChat = await start([{ status: 200, body: page }]);
    assert.equal(lastError((await ask(onChat.url)).events).code, 'serverNotModel');
    const onList = await start({ replies: [{ stream: ['never'] }], models: page });
    assert.equal(lastError((await ask(onList.url)).events).code, 'serverNotModel');
    assert.equal(onList.chats().length, 0);
  });

  it('cut in the middle: what arrived is kept, nothing is sent again', async () => {
    const server = await start([{ stream: ['One ', 'two ', 'three ', 'four '], cutAfterBytes: 260 }]);
    const got = await ask(server.url);
    assert.equal(got.text, 'One two ');
    assert.equal(lastError(got.events).code, 'streamCut');
    assert.match(lastError(got.events).sentence, /after 2 tokens/);
    assert.equal(server.chats().length, 1);
  });

  it('an end without a reason to end is a cut, too', async () => {
    const server = await start([{ stream: ['One '], finish: null, done: false }]);
    assert.equal(lastError((await ask(server.url)).events).code, 'streamCut');
  });

  it('an answer without [DONE] is whole (transformers)', async () => {
    const server = await start([{ stream: ['ok'], done: false }]);
    assert.deepEqual((await ask(server.url)).ends, ['stop']);
  });

  it('an error inside the stream: again before the first token, told after it', async () => {
    const broken = { chunk: { error: { message: 'Internal server error', code: 500 } } };
    const before = await start([{ stream: [broken] }, { stream: ['ok'] }]);
    assert.equal((await ask(before.url)).text, 'ok');
    const after = await start([{ stream: ['One ', broken] }]);
    const got = await ask(after.url);
    assert.equal(got.text, 'One ');
    assert.equal(lastError(got.events).code, 'serverBusy');
    assert.equal(after.chats().length, 1);
  });

  it('cancel while it hangs, before and after the first token: the server sees it at once', async () => {
    for (const script of [[{ hang: true }], [{ stream: ['One ', { hang: true }] }]] as const) {
      const server = await start(script);
      const backend = connect(server.url);
      const controller = new AbortController();
      const stream = collect(backend.stream(request, controller.signal));
      while (server.chats().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(server.chats()[0]?.hungUpAt, undefined);
      const cancelledAt = Date.now();
      controller.abort();
      const got = await stream;
      assert.deepEqual(got.ends, ['cancelled']);
      while (server.chats()[0]?.hungUpAt === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.ok((server.chats()[0]?.hungUpAt ?? 0) - cancelledAt < 500, 'issue 3: abort within 500 ms');
      await backend.dispose();
    }
  });

  it('cancel while it waits for another try', async () => {
    const server = await start([{ status: 429, headers: { 'retry-after': '30' } }]);
    const backend = connect(server.url);
    const controller = new AbortController();
    const events: string[] = [];
    for await (const event of backend.stream(request, controller.signal)) {
      events.push(event.type === 'finish' ? event.reason : event.type);
      if (event.type === 'queued') controller.abort();
    }
    assert.deepEqual(events, ['queued', 'cancelled']);
    await backend.dispose();
  });

  it('leaving the loop hangs up as well', async () => {
    const server = await start([{ stream: ['One ', 'two ', { hang: true }] }]);
    const backend = connect(server.url);
    for await (const event of backend.stream(request, forever())) if (event.type === 'text') break;
    while (server.chats()[0]?.hungUpAt === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await backend.dispose();
  });

  it('silence is told again and again, and only the person ends it', async () => {
    const slow = await start([{ delayMs: 300, stream: [{ delayMs: 300 }, 'One ', { delayMs: 300 }, 'two'] }]);
    assert.equal((await ask(slow.url, request, { times: { stallMs: 100, connectMs: 200 } })).text, 'One two');
    for (const script of [[{ hang: true }], [{ stream: ['One ', { hang: true }] }]] as const) {
      const server = await start(script);
      const backend = connect(server.url, { times: { stallMs: 40 } });
      const person = new AbortController();
      const told: number[] = [];
      const events: ModelEvent[] = [];
      for await (const event of backend.stream(request, person.signal)) {
        events.push(event);
        if (event.type === 'stalled' && told.push(event.silentMs) === 3) person.abort();
      }
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'cancelled' });
      assert.equal(told.length, 3);
      assert.deepEqual(
        told,
        [...told].sort((x, y) => x - y),
      );
      assert.equal(server.chats().length, 1, 'the stream stays open');
      await backend.dispose();
    }
  });

  it('follows a redirect within its origin and none to another, which never sees a request', async () => {
    const other = await start([{ stream: ['stolen'] }]);
    const away = await start([{ status: 307, headers: { location: `${other.url}/v1/chat/completions` } }]);
    const problem = lastError((await ask(away.url)).events);
    assert.equal(problem.code, 'serverRefused');
    assert.match(problem.sentence, /redirect/);
    assert.equal(other.requests.length, 0);
    const within = await start(({ path }) =>
      path.startsWith('/v2') ? { stream: ['ok'] } : { status: 308, headers: { location: '/v2/chat/completions' } },
    );
    assert.equal((await ask(within.url)).text, 'ok');
  });

  it('asks for the key of its own origin only', async () => {
    const server = await start([{ stream: ['ok'] }]);
    keysAskedFor.length = 0;
    await ask(`${server.url}/prefix/v1`);
    assert.deepEqual([...new Set(keysAskedFor)], [server.url]);
  });

  it('offline mode reaches this computer and nothing else', async () => {
    const server = await start([{ stream: ['ok'] }]);
    assert.equal((await ask(server.url, request, { offline: true })).text, 'ok');
    keysAskedFor.length = 0;
    const got = await ask('https://models.example.com/v1', request, { offline: true });
    assert.equal(lastError(got.events).code, 'offline');
    assert.deepEqual(keysAskedFor, []);
  });

  it('does not send what is for this computer through a proxy', async () => {
    const proxy = await start([{ status: 500 }]);
    const server = await start([{ stream: ['ok'] }]);
    const settings = { proxy: { url: proxy.url, noProxy: [], strictTls: true } };
    assert.equal((await ask(server.url, request, settings)).text, 'ok');
    assert.equal(proxy.requests.length, 0);
  });

  it('goes through the proxy of the settings to other computers', async () => {
    const target = await start([{ stream: ['ok'] }]);
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (incoming, socket: Socket) => {
      asked.push(`${incoming.url} ${JSON.stringify(incoming.headers)}`);
      const onward = connectTo(Number(new URL(target.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const settings = { proxy: { url, noProxy: [], strictTls: true } };
    assert.equal((await ask('http://models.invalid:8000', request, settings)).text, 'ok');
    assert.match(asked[0] ?? '', /^models\.invalid:8000 /);
    assert.doesNotMatch(asked.join(), new RegExp(key));
    const exempt = { proxy: { url, noProxy: ['models.invalid'], strictTls: true } };
    const before = asked.length;
    assert.equal(
      lastError((await ask('http://models.invalid:8000', request, exempt)).events).code,
      'serverUnreachable',
    );
    assert.equal(asked.length, before);
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('refuses a certificate that nobody vouches for, unless told not to look', async () => {
    const folder = join('test', 'fixtures', 'tls');
    const options = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
    const secure = createHttpsServer(options, (incoming, response) => {
      const stream = incoming.url?.endsWith('/chat/completions');
      response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
      const chunk = { choices: [{ delta: { content: 'ok' }, finish_reason: 'stop' }] };
      response.end(stream ? `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` : '{"data":[]}');
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
    const problem = lastError((await ask(url)).events);
    assert.equal(problem.code, 'tls');
    assert.match(problem.sentence, /self-signed/);
    assert.equal((await ask(url, request, { proxy: { url: '', noProxy: [], strictTls: false } })).text, 'ok');
    await new Promise((resolve) => secure.close(resolve));
  });

  it('keeps an answer within the context of a server that refuses more', async () => {
    const server = await start({
      models: { data: [{ id: 'm', owned_by: 'sglang', max_model_len: 1000 }] },
      replies: [{ stream: ['ok'] }],
    });
    await ask(server.url, { ...request, sampling: { temperature: 0, maxTokens: 5000, minP: 0.01 } });
    const body = server.chats()[0]?.body as { max_tokens: number; min_p: number };
    assert.ok(body.max_tokens > 0 && body.max_tokens < 1000);
    assert.equal(body.min_p, 0.01);
  });

  it('prepare tells an unlisted model of a server whose list is proof', async () => {
    const server = await start({ models: { data: [{ id: 'm', owned_by: 'vllm', max_model_len: 1000 }] }, replies: [] });
    const backend = connect(server.url, { model: 'x' });
    assert.equal(lastError((await collect(backend.prepare(forever()))).events).code, 'serverModelUnknown');
    await backend.dispose();
    const right = connect(server.url);
    assert.deepEqual((await collect(right.prepare(forever()))).ends, ['stop']);
    await right.dispose();
  });
});
