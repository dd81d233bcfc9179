import assert from 'node:assert/strict';
import { createLog } from '../../sidecar/log.ts';
import type { Backend, Message, ModelEvent, StreamRequest, Tool } from '../../sidecar/models/backend.ts';
import { createRemoteBackend, type RemoteOptions } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import { type Collected, collect } from '../servers/collect.ts';
import { type RouteReply, type RouteServer, startRouteServer } from '../servers/routeServer.ts';

const never = new AbortController().signal;
const bash: Tool = { name: 'bash', description: 'runs', parameters: { type: 'object' } };
const asking = (content: string, more: Partial<StreamRequest> = {}): StreamRequest => ({
  messages: [{ role: 'user', content }],
  tools: [],
  sampling: { temperature: 0, maxTokens: 1000 },
  ...more,
});
const said = (content: string) => ({ message: { role: 'assistant', content }, done: false });
const ended = (more: object = {}) => ({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 20,
  eval_count: 4,
  eval_duration: 2e9,
  ...more,
});

describe('servers by their own API', () => {
  let server: RouteServer | undefined;
  const backends: Backend[] = [];
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.dispose()));
    await server?.close();
    server = undefined;
  });

  function connect(more: Partial<RemoteOptions> = {}): Backend {
    const backend = createRemoteBackend({
      name: 'Test',
      url: server?.url ?? '',
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      getKey: async () => null,
      log: createLog(() => undefined),
      times: { retryMs: 2, stallMs: 5000 },
      ...more,
    });
    backends.push(backend);
    return backend;
  }

  const ask = (backend: Backend, request: StreamRequest): Promise<Collected> => collect(backend.stream(request, never));
  const bodies = (path: string) => server?.to(path).map(({ body }) => body) ?? [];
  const problemOf = (events: readonly ModelEvent[]) => {
    const last = events.at(-1);
    return last?.type === 'error' ? last.problem : assert.fail(`ended with ${last?.type}`);
  };

  describe('Ollama', () => {
    const start = async (
      chat: (body: Record<string, unknown>, times: number) => RouteReply,
      { trained = 32_768, loaded = 0 } = {},
    ) => {
      const models = loaded > 0 ? [{ name: 'dev:latest', context_length: loaded }] : [];
      server = await startRouteServer({
        '/v1/models': () => ({ json: { data: [{ id: 'dev:latest', owned_by: 'library' }] } }),
        '/': () => ({ json: 'Ollama is running' }),
        '/api/version': () => ({ json: { version: '0.17.4' } }),
        '/api/show': () => ({ json: { model_info: { 'mistral3.context_length': trained } } }),
        '/api/ps': () => ({ json: { models } }),
        '/api/chat': chat,
      });
    };
    const sizes = () => bodies('/api/chat').map((body) => (body.options as { num_ctx: number }).num_ctx);

    it('sets the context, lets nothing be cut, and reads thought, text and usage', async () => {
      await start(() => ({
        lines: [{ message: { role: 'assistant', thinking: 'hm' }, done: false }, said('Hel'), said('lo'), ended()],
      }));
      const backend = connect({ model: 'dev' });
      const got = await ask(
        backend,
        asking('Hi', { sampling: { temperature: 0, maxTokens: 100, seed: 7, minP: 0.1 } }),
      );
      assert.equal(got.text, 'Hello');
      assert.equal(got.reasoning, 'hm');
      assert.deepEqual(got.ends, ['stop']);
      const usage = got.events.find((event) => event.type === 'usage');
      assert.ok(usage?.type === 'usage' && usage.promptTokens === 20 && usage.tokensPerSecond === 2);
      const [body] = bodies('/api/chat');
      assert.deepEqual(
        { ...body, messages: undefined },
        {
          model: 'dev',
          messages: undefined,
          stream: true,
          truncate: false,
          shift: false,
          options: { temperature: 0, num_predict: 100, num_ctx: 4096, min_p: 0.1, seed: 7 },
        },
      );
      assert.equal((await backend.capabilities(never)).contextSize, 32_768);
    });

    it('grows the context in steps and keeps it: another size would load the model again', async () => {
      await start(() => ({ lines: [said('ok'), ended()] }));
      const backend = connect();
      for (const length of [10, 15_000, 10, 100_000]) await ask(backend, asking('word '.repeat(length / 5)));
      assert.deepEqual(sizes(), [4096, 8192, 8192, 32_768]);
    });

    it('takes the size that is loaded, and never more than the settings or the model allow', async () => {
      await start(() => ({ lines: [said('ok'), ended()] }), { loaded: 16_384 });
      await ask(connect(), asking('Hi'));
      const limited = connect({ contextSize: 6000 });
      assert.equal((await limited.capabilities(never)).contextSize, 6000);
      await ask(limited, asking('Hi'));
      await ask(limited, asking('word '.repeat(4200)));
      assert.deepEqual(sizes(), [16_384, 4096, 6000]);
    });

    it('says that a prompt cannot fit before it is sent', async () => {
      await start(() => ({ lines: [said('ok'), ended()] }));
      const got = await ask(connect({ contextSize: 4096 }), asking('word '.repeat(20_000)));
      assert.equal(problemOf(got.events).code, 'contextFull');
      assert.match(problemOf(got.events).sentence, /of 4096 tokens/);
      assert.deepEqual(bodies('/api/chat'), []);
    });

    it('asks with more context when the prompt turns out to be longer than was thought', async () => {
      await start((body) =>
        (body.options as { num_ctx: number }).num_ctx < 16_384
          ? { status: 400, json: { error: 'the input length exceeds the context length' } }
          : { lines: [said('ok'), ended()] },
      );
      assert.equal((await ask(connect(), asking('Hi'))).text, 'ok');
      assert.deepEqual(sizes(), [4096, 8192, 16_384]);
    });

    it('tells an answer that came of a cut prompt', async () => {
      await start(() => ({ lines: [said('.'), ended({ prompt_eval_count: 4096 })] }));
      assert.equal(problemOf((await ask(connect(), asking('Hi'))).events).sentence, '4096 of 4096 tokens are used.');
    });

    it('sends past calls as objects with the name at the result, and reads calls as objects', async () => {
      const call = (id: string, command: string) => ({
        id,
        function: { index: 0, name: 'bash', arguments: { command } },
      });
      await start(() => ({
        lines: [
          { message: { role: 'assistant', content: '', tool_calls: [call('call_1', 'ls')] }, done: false },
          { message: { role: 'assistant', content: '', tool_calls: [call('call_2', 'pwd')] }, done: false },
          ended(),
        ],
      }));
      const messages: Message[] = [
        { role: 'user', content: 'List' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'abcdefghi', name: 'bash', arguments: '{"command":"ls"}' }],
        },
        { role: 'tool', toolCallId: 'abcdefghi', content: 'a.txt' },
      ];
      const got = await ask(connect(), asking('', { messages, tools: [bash] }));
      assert.deepEqual(got.calls, [
        { id: 'call_1', name: 'bash', arguments: '{"command":"ls"}' },
        { id: 'call_2', name: 'bash', arguments: '{"command":"pwd"}' },
      ]);
      assert.deepEqual(got.ends, ['toolCalls']);
      const messagesSent = bodies('/api/chat').map((body) => body.messages as unknown[]);
      assert.deepEqual(messagesSent[0]?.slice(1), [
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'bash', arguments: { command: 'ls' } } }] },
        { role: 'tool', content: 'a.txt', tool_name: 'bash' },
      ]);
    });

    it('asks once more for a call that its parser lost, says so, and then leaves it', async () => {
      const lost: RouteReply = { lines: [ended()] };
      const call = { function: { name: 'bash', arguments: {} } };
      await start((_body, times) =>
        times === 1 ? lost : { lines: [{ message: { tool_calls: [call] }, done: false }, ended()] },
      );
      const got = await ask(connect(), asking('List', { tools: [bash] }));
      assert.equal(got.calls.length, 1);
      assert.deepEqual(
        got.events.filter((event) => event.type === 'notice'),
        [{ type: 'notice', text: 'Test lost a tool call; it is asked once more' }],
      );
      const [first, second] = bodies('/api/chat').map((body) => (body.options as { temperature: number }).temperature);
      assert.equal(first, 0);
      assert.ok((second ?? 0) > 0, 'greedy would lose it again');
      await server?.close();
      await start(() => lost);
      assert.deepEqual((await ask(connect(), asking('List', { tools: [bash] }))).ends, ['stop']);
      assert.equal(bodies('/api/chat').length, 2);
    });

    it('says what its parser could not read, in the stream too', async () => {
      await start((_body, times) =>
        times === 1
          ? { status: 500, json: { error: "tool 'launch' not found" } }
          : { lines: [said('I '), { error: "invalid character '\\n' in string literal" }] },
      );
      const backend = connect();
      const before = problemOf((await ask(backend, asking('List', { tools: [bash] }))).events);
      assert.equal(before.code, 'callUnreadable');
      assert.match(before.sentence, /launch/);
      assert.equal(bodies('/api/chat').length, 1, 'the agent asks again, with a hint');
      const inside = await ask(backend, asking('List', { tools: [bash] }));
      assert.equal(inside.text, 'I ');
      assert.equal(problemOf(inside.events).code, 'callUnreadable');
    });
  });

  describe('prompts that are too long', () => {
    it('vLLM counts them; nothing is sent', async () => {
      server = await startRouteServer({
        '/v1/models': () => ({ json: { data: [{ id: 'm', owned_by: 'vllm', max_model_len: 1000 }] } }),
        '/tokenize': () => ({ json: { count: 990, max_model_len: 1000 } }),
      });
      const report = problemOf((await ask(connect(), asking('word '.repeat(900)))).events);
      assert.equal(report.sentence, '990 of 1000 tokens are used.');
      assert.match(report.details ?? '', /nothing was sent/);
      assert.deepEqual(bodies('/v1/chat/completions'), []);
    });

    it('elsewhere what was counted of the conversation bounds them', async () => {
      const chunk = (delta: object, more = {}) => ({ type: '', choices: [{ delta, finish_reason: null }], ...more });
      server = await startRouteServer({
        '/v1/models': () => ({ json: { data: [{ id: 'm', owned_by: 'sglang', max_model_len: 1000 }] } }),
        '/v1/chat/completions': () => ({
          events: [
            chunk({ content: 'ok' }),
            { type: '', ...{ choices: [{ delta: {}, finish_reason: 'stop' }] } },
            { type: '', ...{ choices: [], usage: { prompt_tokens: 960, completion_tokens: 1 } } },
          ],
        }),
      });
      const backend = connect();
      const first = asking('word '.repeat(400), { sampling: { temperature: 0, maxTokens: 100 } });
      assert.equal((await ask(backend, first)).text, 'ok');
      const messages: Message[] = [
        ...first.messages,
        { role: 'assistant', content: 'ok' },
        { role: 'user', content: 'and?' },
      ];
      assert.ok((await backend.countTokens(messages, [], never)) > 960);
      assert.ok((await backend.countTokens(messages, [], never)) < 1200);
      const report = problemOf((await ask(backend, { ...first, messages })).events);
      assert.equal(report.sentence, '960 of 1000 tokens are used.');
      assert.equal(bodies('/v1/chat/completions').length, 1);
    });
  });

  it('limits the answer as the settings say', async () => {
    server = await startRouteServer({
      '/v1/models': () => ({ json: { data: [{ id: 'm' }] } }),
      '/v1/chat/completions': () => ({ json: { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] } }),
    });
    await ask(connect({ maxOutputTokens: 64 }), asking('Hi'));
    assert.equal(bodies('/v1/chat/completions')[0]?.max_tokens, 64);
  });

  describe('headers of the settings', () => {
    const secret = 'canary-header-77aa10';
    const answer = () => ({
      status: 400,
      json: { error: { message: `x-team was ${secret}` } },
    });

    it('go with every request to their origin, and what a server echoes of them is not shown', async () => {
      const lines: string[] = [];
      server = await startRouteServer({
        '/v1/models': () => ({ json: { data: [{ id: 'm' }] } }),
        '/v1/chat/completions': answer,
      });
      const log = createLog((line) => lines.push(line));
      const got = await ask(connect({ headers: { 'X-Team': secret }, log }), asking('Hi'));
      assert.ok(server.requests.length >= 2);
      for (const { headers } of server.requests) assert.equal(headers['x-team'], secret);
      assert.doesNotMatch(JSON.stringify(got.events) + lines.join('\n'), new RegExp(secret));
      assert.match(problemOf(got.events).details ?? '', /\[redacted\]/);
    });

    const refused: [name: string, value: string, why: RegExp][] = [
      ['Authorization', `Bearer ${secret}`, /Set Server Key/],
      ['x-api-key', secret, /Set Server Key/],
      ['X-Goog-Api-Key', secret, /Set Server Key/],
      ['cookie', `session=${secret}`, /Set Server Key/],
      ['Content-Length', '7', /by Devstral itself/],
      ['x-a b', secret, /cannot have/],
      ['x-team', `a\r\nx-evil: ${secret}`, /cannot have/],
    ];
    for (const [name, value, why] of refused) {
      it(`are refused: ${name}`, async () => {
        server = await startRouteServer({});
        const lines: string[] = [];
        const log = createLog((line) => lines.push(line));
        const backend = connect({ headers: { [name]: value }, log });
        const report = problemOf((await ask(backend, asking('Hi'))).events);
        assert.equal(report.code, 'serverHeaderRefused');
        assert.match(report.sentence, why);
        assert.doesNotMatch(JSON.stringify(report) + lines.join(''), new RegExp(secret));
        assert.deepEqual(server.requests, [], 'nothing was sent');
      });
    }
  });
});
