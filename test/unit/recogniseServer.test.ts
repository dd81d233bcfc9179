import assert from 'node:assert/strict';
import { createConnection } from '../../sidecar/models/backends/remote/connection.ts';
import { findServers } from '../../sidecar/models/backends/remote/recognise/findServers.ts';
import { type Probed, probeServer } from '../../sidecar/models/backends/remote/recognise/probeServer.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import type { ServerFacts } from '../../sidecar/models/backends/remote/serverFacts.ts';
import { parseServerUrl } from '../../sidecar/models/backends/remote/serverUrl.ts';
import { bytesOf, captured, jsonReply, loadCaptures, replayCaptured } from '../servers/captures.ts';
import { collect } from '../servers/collect.ts';
import type { ReplayServer } from '../servers/replayServer.ts';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { lmStudioList, lmStudioNative, lmStudioOlder, mistralList, transformersOpenapi } from '../servers/someLists.ts';
import { startOnUsualPort } from '../servers/usualPort.ts';

const quiet = { info() {}, warn() {}, error() {}, recentProblems: () => [] };
const signal = new AbortController().signal;
const proxy = { url: '', noProxy: [], strictTls: true };

async function probe(url: string, wanted?: string): Promise<Probed> {
  const server = parseServerUrl(url);
  assert.ok(server);
  const connection = createConnection({
    server,
    headers: {},
    proxy,
    connectTimeoutMs: 2000,
    getKey: async () => null,
    log: quiet,
  });
  try {
    return await probeServer(connection, server, wanted, signal);
  } finally {
    await connection.close();
  }
}

async function factsOf(url: string, wanted?: string): Promise<ServerFacts> {
  const probed = await probe(url, wanted);
  assert.ok(probed.ok, JSON.stringify(probed));
  return probed.facts;
}

const metrics = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n' +
    'vllm:num_requests_running{engine="0",model_name="tiny"} 0.0\n' +
    'vllm:cache_config_info{block_size="16",cache_dtype="auto",enable_prefix_caching="False",engine="0"} 1.0\n',
);
const noGet = jsonReply({ detail: 'Method Not Allowed' }, 405);

/** By folder of recordings: what a probe learns from it. */
const recorded: [server: string, more: Record<string, Buffer>, expected: Partial<ServerFacts>][] = [
  [
    'vllm-mistral',
    { '/metrics': metrics, '/tokenize': noGet },
    {
      kind: 'vllm',
      model: 'tiny',
      contextSize: 2048,
      version: '0.32.0',
      prefixCaching: false,
      tokenizer: true,
      tools: null,
      names: ['tiny', 'models/tiny-mistral'],
    },
  ],
  ['vllm-hf-tokenizer', {}, { kind: 'vllm', model: 'tiny', contextSize: 2048, version: null, prefixCaching: null }],
  ['vllm-qwen', {}, { kind: 'vllm', model: 'qwen15', version: '0.32.0', names: ['qwen15', 'models/qwen15'] }],
  [
    'sglang',
    {},
    {
      kind: 'sglang',
      model: 'tiny',
      contextSize: 2048,
      tools: true,
      images: false,
      prefixCaching: false,
      names: ['tiny', 'models/tiny-hf', 'mistral', 'MistralForCausalLM'],
    },
  ],
  [
    'llama-server',
    {},
    {
      kind: 'llamacpp',
      model: 'tiny',
      contextSize: 2048,
      trainedContext: 4096,
      version: 'b0-unknown',
      tools: true,
      images: false,
      strictRoles: true,
      tokenizer: true,
    },
  ],
  [
    'ollama',
    {},
    {
      kind: 'ollama',
      model: 'tinyp:latest',
      listed: ['tinyp:latest', 'tinyt:latest', 'qwen15:latest', 'tiny:latest'],
      // `/api/ps` was recorded with another model in memory.
      contextSize: null,
      trainedContext: 4096,
      version: '0.0.0',
      tools: true,
      images: false,
    },
  ],
  [
    'transformers',
    { '/openapi.json': jsonReply(transformersOpenapi) },
    { kind: 'transformers', model: '', listed: [], contextSize: null, tools: null, tokenizer: false },
  ],
  ['transformers-tekken', { '/openapi.json': jsonReply(transformersOpenapi) }, { kind: 'transformers', model: '' }],
];

describe('recognising a server', () => {
  const open: { close(): Promise<void> }[] = [];
  const keep = <S extends { close(): Promise<void> }>(server: S): S => {
    open.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  for (const [name, more, expected] of recorded) {
    it(`${name}, as recorded, by GETs and /api/show`, async () => {
      const server = keep(await replayCaptured(name, { more }));
      const facts = await factsOf(server.url);
      const keys = Object.keys(expected) as (keyof ServerFacts)[];
      assert.deepEqual(Object.fromEntries(keys.map((key) => [key, facts[key]])), expected);
      for (const { method, path } of server.requests) assert.ok(method === 'GET' || path === '/api/show', path);
    });
  }

  it('the template of 2507 takes any order of roles', async () => {
    const list = captured('llama-server', 'get_models');
    const server = keep(await replayCaptured('llama-server-2507tpl', { more: { '/v1/models': list } }));
    const { kind, strictRoles, tools } = await factsOf(server.url);
    assert.deepEqual([kind, strictRoles, tools], ['llamacpp', false, true]);
  });

  it('Ollama, once the model is in memory', async () => {
    const server = keep(await replayCaptured('ollama'));
    assert.equal((await factsOf(server.url, 'tiny')).contextSize, 4096);
  });

  it('Ollama by its root where the model has another owner', async () => {
    const hub = { data: [{ id: 'hf.co/unsloth/devstral:Q4_K_M', object: 'model', owned_by: 'unsloth' }] };
    const server = keep(await replayCaptured('ollama', { more: { '/v1/models': jsonReply(hub) } }));
    assert.equal((await factsOf(server.url)).kind, 'ollama');
  });

  it('SGLang without its own list is not taken for Ollama, whose paths it has', async () => {
    const server = keep(await replayCaptured('sglang', { more: { '/v1/models': jsonReply({ data: [{ id: 'x' }] }) } }));
    assert.equal((await factsOf(server.url)).kind, 'sglang');
  });

  it('LM Studio, with the model in memory and its context', async () => {
    const ids = lmStudioNative.models.map(({ key }) => key);
    const gets = { '/api/v1/models': lmStudioNative, '/v1/models': lmStudioList(ids) };
    const server = keep(await startGets(gets));
    const facts = await factsOf(server.url);
    assert.deepEqual(
      [facts.kind, facts.model, facts.contextSize, facts.trainedContext, facts.tools, facts.images],
      ['lmstudio', 'mistralai/devstral-small-2-2512', 4096, 393216, true, true],
    );
    // Not in memory: nobody knows yet with which context it will be.
    assert.equal((await factsOf(server.url, 'qwen/qwen3-4b')).contextSize, null);
  });

  it('LM Studio before 0.4', async () => {
    const gets = { '/api/v0/models': lmStudioOlder, '/v1/models': lmStudioList(['devstral-small-2507']) };
    const { kind, contextSize, tools, images } = await factsOf(keep(await startGets(gets)).url);
    assert.deepEqual([kind, contextSize, tools, images], ['lmstudio', 8192, true, false]);
  });

  it('Mistral by what a model can do; the first one that chats', async () => {
    const facts = await factsOf(keep(await startGets({ '/v1/models': mistralList })).url);
    assert.deepEqual(
      [facts.kind, facts.model, facts.contextSize, facts.tools, facts.images],
      ['mistral', 'mistral-medium-latest', 131072, true, true],
    );
  });

  it('any other server is what it says and no more', async () => {
    const facts = await factsOf(keep(await startGets({ '/v1/models': { data: [{ id: 'm', owned_by: 'me' }] } })).url);
    assert.deepEqual([facts.kind, facts.model, facts.contextSize, facts.tools], ['other', 'm', null, null]);
  });

  const keyed: [server: string, kind: string, without: string[], more: Record<string, Buffer>][] = [
    ['vllm-mistral', 'vllm', ['get_models', 'get_openapi'], { '/metrics': metrics }],
    ['llama-server', 'llamacpp', ['get_models', 'get_version'], {}],
  ];
  for (const [name, kind, without, more] of keyed) {
    it(`${name} refuses the list without a key and is known all the same`, async () => {
      const probed = await probe(keep(await replayCaptured(name, { without, more })).url);
      assert.ok(!probed.ok);
      assert.equal(probed.verdict.problem.code, 'serverKeyRefused');
      assert.equal(probed.kind, kind);
    });
  }

  it('a path that hangs holds up the others for three seconds at most', async () => {
    const hanging = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n');
    const more = { '/api/v1/models': hanging, '/openapi.json': jsonReply(transformersOpenapi) };
    const server = keep(await replayCaptured('transformers', { more }));
    assert.equal((await factsOf(server.url)).kind, 'transformers');
  });

  /** How many requests a first turn sends: the list, what it lacks, and one completion. */
  const openAi = { recorded: 'chat_stream', completion: 'POST /v1/chat/completions' };
  const native = { recorded: 'native_chat_stream', completion: 'POST /api/chat' };
  const turns: [server: string, kind: string, before: string[], chat: typeof openAi][] = [
    ['vllm-mistral', 'vllm', ['GET /v1/models'], openAi],
    ['sglang', 'sglang', ['GET /v1/models'], openAi],
    ['llama-server', 'llamacpp', ['GET /v1/models'], openAi],
    // Its `/api/show` reads what the file says of the model and runs nothing; what is loaded is looked up for each turn.
    ['ollama', 'ollama', ['GET /v1/models', 'GET /api/ps', 'POST /api/show', 'GET /api/ps'], native],
  ];
  for (const [name, kind, before, { recorded, completion }] of turns) {
    it(`a turn with ${kind} asks ${before.length} small thing${before.length > 1 ? 's' : ''} before its one completion`, async () => {
      const chat = loadCaptures(name).find((capture) => capture.case === recorded);
      const server: ReplayServer = keep(await replayCaptured(name, { chat: () => (chat ? bytesOf(chat) : null) }));
      const backend = backendOf(server.url);
      const request = {
        messages: [{ role: 'user', content: 'Hello' }],
        tools: [],
        sampling: { temperature: 0, maxTokens: 16 },
      } as const;
      for (let turn = 0; turn < 2; turn++) await collect(backend.stream(request, signal));
      await backend.dispose();
      const asked = server.requests.map(({ method, path }) => `${method} ${path}`);
      assert.deepEqual(asked.slice(0, before.length + 1), [...before, completion]);
      assert.equal(asked.filter((each) => each === completion).length, 2);
      assert.equal(asked.filter((each) => each === 'GET /v1/models').length, 1);
    });
  }

  it('a turn with a server that lists no owner sends GETs only, once, before its one completion', async () => {
    const models = { data: [{ id: 'm', object: 'model' }] };
    const server: ScriptedServer = keep(await startScriptedServer({ models, replies: [{ stream: ['ok'] }] }));
    const backend = backendOf(server.url);
    const request = {
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [],
      sampling: { temperature: 0, maxTokens: 16 },
    } as const;
    for (let turn = 0; turn < 2; turn++) await collect(backend.stream(request, signal));
    await backend.dispose();
    const methods = server.requests.map(({ method }) => method);
    assert.deepEqual(methods, [...methods.slice(0, -2).fill('GET'), 'POST', 'POST']);
    assert.equal(server.chats().length, 2);
  });
});

/** Ports of this computer, as a person asks for. */
describe('looking for servers on this computer', () => {
  it('finds what serves models, by GETs only, and passes over a web page', async () => {
    const vllm = await startOnUsualPort({ models: listOf('vllm', { max_model_len: 32768 }), replies: [] });
    const page = await startOnUsualPort({ models: '<html></html>', replies: [] });
    try {
      const done: number[] = [];
      const onDone = (count: number) => done.push(count);
      const found = await findServers({ getKey: async () => null, log: quiet, onDone }, signal);
      const url = `http://localhost:${vllm.port}`;
      assert.deepEqual(
        found.find((server) => server.url === url),
        { url, name: 'vLLM', model: 'm', models: ['m'], contextSize: 32768, needsKey: false },
      );
      assert.ok(!found.some((server) => server.url.endsWith(`:${page.port}`)));
      assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
      for (const { method } of [...vllm.requests, ...page.requests]) assert.equal(method, 'GET');
    } finally {
      await vllm.close();
      await page.close();
    }
  });
});

const listOf = (owner: string, more: object) => ({ data: [{ id: 'm', object: 'model', owned_by: owner, ...more }] });

const backendOf = (url: string) =>
  createRemoteBackend({ name: 'Test', url, offline: true, proxy, getKey: async () => null, log: quiet });

/** GETs by path; any other is a 404. */
function startGets(gets: Record<string, unknown>): Promise<ScriptedServer> {
  const { '/v1/models': models, ...others } = gets;
  return startScriptedServer({ replies: [], models, gets: others });
}
