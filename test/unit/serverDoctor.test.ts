import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Check } from '../../sidecar/doctor/checks.ts';
import { firstToken, isBurst } from '../../sidecar/doctor/server/chatChecks.ts';
import { checkServer, isUnreachable, type ServerCheckOptions } from '../../sidecar/doctor/server/checkServer.ts';
import { connectionFault } from '../../sidecar/doctor/server/connectionFault.ts';
import { toolCallFix, toolCallParser } from '../../sidecar/doctor/server/modelFamily.ts';
import { otherPaths } from '../../sidecar/doctor/server/reach.ts';
import { isCallAsText } from '../../sidecar/doctor/server/toolChecks.ts';
import { parseServerUrl } from '../../sidecar/models/backends/remote/serverUrl.ts';
import { proxyFor } from '../../sidecar/models/http.ts';
import { captured, jsonReply, replayCaptured } from '../servers/captures.ts';
import { startProxyServer } from '../servers/proxyServer.ts';
import { startReplayServer } from '../servers/replayServer.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { lmStudioList, lmStudioNative, transformersOpenapi } from '../servers/someLists.ts';

const quiet = { info() {}, warn() {}, error() {}, recentProblems: () => [] };
const key = 'canary-71c2';

async function check(url: string, more: Partial<ServerCheckOptions> = {}): Promise<Check[]> {
  const checks: Check[] = [];
  const options: ServerCheckOptions = {
    url,
    offline: false,
    proxy: { url: '', noProxy: [], strictTls: true },
    getKey: async () => null,
    log: quiet,
    times: { connectMs: 2000, answerMs: 20_000 },
    ...more,
  };
  for await (const event of checkServer(options, new AbortController().signal)) {
    if (event.type === 'check') checks.push(event.check);
  }
  assert.doesNotMatch(JSON.stringify(checks), new RegExp(key));
  return checks;
}

const states = (checks: readonly Check[]) => checks.map(({ id, state }) => `${id} ${state}`);

/** The one check of this id, with its state, what it says and what it advises. */
function assertCheck(checks: readonly Check[], id: string, state: Check['state'], message: RegExp, fix?: RegExp): void {
  const found = checks.filter((each) => each.id === id);
  assert.equal(found.length, 1, `${id} in ${states(checks).join(', ')}`);
  assert.equal(found[0]?.state, state, JSON.stringify(found[0]));
  assert.match(found[0]?.message ?? '', message);
  if (fix) assert.match(found[0]?.fix ?? '', fix);
}

/** Which recorded answer each of the doctor's questions gets; null is a 404. */
function answers(server: string, cases: { tools?: string; users?: string; system?: string } = {}) {
  const of = (name: string | undefined) => captured(server, name ?? 'chat_stream');
  return (body: string) => {
    if (body.includes('get_weather')) return of(cases.tools ?? 'tool_auto_stream');
    if (body.includes('My name is Ann')) return of(cases.users);
    if (body.includes('Be terse')) return of(cases.system);
    return of('chat_stream');
  };
}

const scriptedList = (id: string, more: object = {}) => ({ data: [{ id, object: 'model', ...more }] });
const vllmRefusal: ScriptedReply = {
  status: 400,
  body: {
    error: {
      message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      type: 'BadRequestError',
      code: 400,
    },
  },
};

describe('the doctor of a server', () => {
  const open: { close(): Promise<void> }[] = [];
  const keep = <S extends { close(): Promise<void> }>(server: S): S => {
    open.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  /** A server of a kind, with an answer for tools. */
  const scripted = async (models: unknown, tools: ScriptedReply, gets: Record<string, unknown> = {}) =>
    keep(
      await startScriptedServer({
        models,
        gets,
        replies: [{ ...tools, when: 'get_weather' }, { stream: ['1, ', '2'] }],
      }),
    );

  it('finds nothing wrong with a server that is as it should be', async () => {
    const models = scriptedList('devstral', { owned_by: 'vllm', max_model_len: 65536 });
    const call: ScriptedReply = { stream: [{ call: { name: 'get_weather', arguments: '{"city":"Paris"}' } }] };
    const server = await scripted(models, call, { '/version': { version: '0.32.0' } });
    const checks = await check(server.url);
    const ids = ['reach', 'model', 'chat', 'firstToken', 'streaming', 'context', 'tools', 'roles'];
    assert.deepEqual(
      states(checks),
      ids.map((id) => `${id} ok`),
    );
    assertCheck(checks, 'reach', 'ok', /answers: vLLM 0\.32\.0/);
    // The only place that sends completions, and few of them.
    assert.equal(server.chats().length, 5);
  });

  describe('address', () => {
    it('nothing listens', async () => {
      const closed = createServer();
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      const checks = await check(`http://127.0.0.1:${port}`);
      assertCheck(
        checks,
        'reach',
        'fail',
        /does not answer \(ECONNREFUSED\)/,
        /^Nothing listens there: start the server/,
      );
      assert.ok(isUnreachable(checks));
      assert.equal(checks.length, 1);
    });

    it('is none, or must not be asked', async () => {
      assertCheck(await check('http://'), 'address', 'fail', /not an address/, /http:\/\/localhost:8000\/v1/);
      const offline = await check('http://model.example', { offline: true });
      assertCheck(offline, 'offline', 'fail', /model\.example was not asked/, /devstral\.offline/);
    });

    it('names that nobody knows, ports that answer no HTTP', () => {
      const fault = (code: string, url: string) => {
        const server = parseServerUrl(url);
        assert.ok(server);
        return connectionFault(Object.assign(new Error('x'), { code }), { server, proxy: null }).checks;
      };
      assertCheck(
        fault('ENOTFOUND', 'http://nowhere:8000'),
        'reach',
        'fail',
        /ENOTFOUND/,
        /No address is known for nowhere/,
      );
      assertCheck(fault('HPE_INVALID_CONSTANT', 'http://a:443'), 'reach', 'fail', /not in HTTP/, /https:\/\/a:443/);
      assertCheck(fault('ECONNREFUSED', 'http://a:11434'), 'reach', 'fail', /ECONNREFUSED/, /start ollama serve/);
      assertCheck(
        fault('UND_ERR_CONNECT_TIMEOUT', 'http://a:8000'),
        'reach',
        'fail',
        /TIMEOUT/,
        /--host 0\.0\.0\.0.*port 8000/,
      );
      assertCheck(
        fault('ERR_SSL_WRONG_VERSION_NUMBER', 'https://a:8000'),
        'tls',
        'fail',
        /TLS/,
        /^Use http:\/\/a:8000$/,
      );
    });

    it('/v1 doubled, a path too many, a web page, a redirect', async () => {
      const server = keep(await replayCaptured('vllm-mistral'));
      for (const path of ['/v1/v1', '/openai/v1', '/chat']) {
        const checks = await check(server.url + path);
        assertCheck(
          checks,
          'path',
          'fail',
          /There is no model server at/,
          new RegExp(`^Set the address to ${server.url}/v1$`),
        );
        assert.equal(checks.length, 1);
      }
      const page = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html><html></html>');
      const site = keep(await startReplayServer({ reply: () => page }));
      assertCheck(await check(site.url), 'path', 'fail', /a web page/, /the model server itself/);
      const away = Buffer.from('HTTP/1.1 302 Found\r\nlocation: https://login.example/in\r\ncontent-length: 0\r\n\r\n');
      const redirecting = keep(await startReplayServer({ reply: () => away }));
      assertCheck(
        await check(redirecting.url),
        'path',
        'fail',
        /sends on to https:\/\/login\.example/,
        /^Set the address to https:\/\/login\.example\/v1$/,
      );
      assert.deepEqual(otherPaths('http://a/x/y/v1'), ['/x/v1', '/v1', '/api/v1', '/openai/v1']);
    });

    it('a self-signed certificate', async () => {
      const read = (name: string) => readFileSync(join('test', 'fixtures', 'tls', name));
      const secure = createHttpsServer({ key: read('key.pem'), cert: read('cert.pem') });
      await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
      const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
      const checks = await check(url);
      await new Promise((resolve) => secure.close(resolve));
      assertCheck(checks, 'tls', 'fail', /self-signed/, /NODE_EXTRA_CA_CERTS.*http\.proxyStrictSSL/);
      assert.ok(isUnreachable(checks));
    });

    it('a proxy that answers in the place of the server', async () => {
      const through = (url: string) => ({ proxy: { url, noProxy: [], strictTls: true } });
      const cases: [status: number, message: RegExp, fix: RegExp][] = [
        [403, /answered 403 in place of model\.example:8000/, /Add model\.example to http\.noProxy.*NO_PROXY/],
        [407, /answered 407/, /NAME:PASSWORD@HOST:PORT/],
        [200, /answered 200 in place of model\.example:8000/, /Add model\.example to http\.noProxy/],
      ];
      for (const [status, message, fix] of cases) {
        const proxy = keep(await startProxyServer(status, '<html>Blocked</html>'));
        const checks = await check('http://model.example:8000', through(proxy.url));
        assertCheck(checks, 'proxy', 'fail', message, fix);
        assert.match(checks[0]?.message ?? '', new RegExp(proxy.url));
        assert.ok(isUnreachable(checks));
        assert.deepEqual([...new Set(proxy.targets)], ['model.example:8000']);
      }
    });

    it('a proxy that is not there', async () => {
      const { url, close } = await startProxyServer(403);
      await close();
      const checks = await check('http://model.example:8000', { proxy: { url, noProxy: [], strictTls: true } });
      assertCheck(
        checks,
        'proxy',
        'fail',
        /through the proxy .* no answer came \(ECONNREFUSED\)/,
        /correct http\.proxy/,
      );
    });

    it('which proxy stands between', () => {
      const settings = { url: 'http://me:secret@proxy:3128', noProxy: ['.internal', 'a:8000'], strictTls: true };
      const of = (url: string) => proxyFor(new URL(url), settings);
      assert.equal(of('https://api.mistral.ai'), 'http://proxy:3128');
      assert.equal(of('http://a:8001'), 'http://proxy:3128');
      for (const url of [
        'http://gpu.internal',
        'http://a:8000',
        'http://localhost:8000',
        'http://127.0.0.1',
        'http://[::1]:1',
      ])
        assert.equal(of(url), null, url);
      assert.equal(proxyFor(new URL('http://a'), { ...settings, noProxy: ['*'] }), null);
    });

    it('a key that is missing, or refused', async () => {
      const server = keep(
        await replayCaptured('vllm-mistral', {
          without: ['get_models'],
          more: { '/openapi.json': jsonReply({ paths: { '/version': {}, '/tokenize': {} } }) },
        }),
      );
      const missing = await check(server.url);
      assertCheck(
        missing,
        'key',
        'fail',
        /^vLLM at .* wants a key and none is set \(401\)$/,
        /Set Server Key.*DEVSTRAL_API_KEY/,
      );
      const refused = await check(server.url, { getKey: async () => key });
      assertCheck(refused, 'key', 'fail', /refuses the key \(401\)/, /--api-key/);
      assert.ok(!isUnreachable(refused));
    });

    it('a model that is still loading, a gateway without its server', async () => {
      const loading = jsonReply({ error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 503);
      const server = keep(await startReplayServer({ reply: () => loading }));
      assertCheck(await check(server.url), 'loading', 'fail', /still loading/, /Wait/);
      const bad = Buffer.from('HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\n\r\nno upstream');
      const gateway = keep(await startReplayServer({ reply: () => bad }));
      assertCheck(await check(gateway.url), 'reach', 'fail', /answered 502: no upstream/, /model server behind it/);
    });
  });

  describe('model', () => {
    it('not there: with the names that are', async () => {
      const vllm = keep(await replayCaptured('vllm-mistral'));
      const checks = await check(vllm.url, { model: 'devstral' });
      assertCheck(checks, 'model', 'fail', /does not list devstral/, /one of its names: tiny /);
      assert.equal(checks.at(-1)?.id, 'model');
      const ollama = keep(await replayCaptured('ollama'));
      assertCheck(
        await check(ollama.url, { model: 'devstral' }),
        'model',
        'fail',
        /does not list devstral/,
        /tinyp:latest, tinyt:latest, qwen15:latest, tiny:latest/,
      );
      // It answers to any name.
      const sglang = keep(await replayCaptured('sglang', { chat: answers('sglang') }));
      assertCheck(await check(sglang.url, { model: 'devstral' }), 'model', 'warn', /does not list devstral/);
    });

    it('none at all', async () => {
      const empty = keep(await replayCaptured('ollama', { more: { '/v1/models': jsonReply({ data: [] }) } }));
      assertCheck(await check(empty.url), 'model', 'fail', /has no model/, /ollama pull/);
    });

    it('with too small a context: how each server gets a larger one', async () => {
      const ids = lmStudioNative.models.map((model) => model.key);
      const cases: [url: string, model: string | undefined, message: RegExp, fix: RegExp][] = [
        [
          keep(await replayCaptured('vllm-mistral', { chat: answers('vllm-mistral') })).url,
          undefined,
          /2,048 tokens; the agent needs 16,384/,
          /^Start vLLM with --max-model-len 32768$/,
        ],
        [
          keep(await replayCaptured('sglang', { chat: answers('sglang') })).url,
          undefined,
          /2,048 tokens/,
          /^Start SGLang with --context-length 32768$/,
        ],
        [
          keep(await replayCaptured('llama-server', { chat: answers('llama-server') })).url,
          undefined,
          /2,048 tokens, 4,096 possible/,
          /made for 4,096 tokens: use one with a larger context/,
        ],
        [
          (
            await scripted(scriptedList('d', { owned_by: 'llamacpp', meta: { n_ctx: 8192, n_ctx_train: 131072 } }), {
              stream: ['x'],
            })
          ).url,
          undefined,
          /8,192 tokens, 131,072 possible/,
          /^Start llama-server with -c 32768/,
        ],
        [
          (await scripted(lmStudioList(ids), { stream: ['x'] }, { '/api/v1/models': lmStudioNative })).url,
          undefined,
          /4,096 tokens, 393,216 possible/,
          /lms load mistralai\/devstral-small-2-2512 --context-length 32768$/,
        ],
        [
          (
            await scripted(
              scriptedList('d:latest', { owned_by: 'library' }),
              { stream: ['x'] },
              {
                '/api/ps': { models: [{ name: 'd:latest', context_length: 4096 }] },
                '/api/show': { model_info: { 'general.architecture': 'mistral3', 'mistral3.context_length': 393216 } },
              },
            )
          ).url,
          'd',
          /4,096 tokens, 393,216 possible/,
          /OLLAMA_CONTEXT_LENGTH=32768 ollama serve.*PARAMETER num_ctx 32768/,
        ],
      ];
      for (const [url, model, message, fix] of cases) {
        assertCheck(await check(url, { model }), 'context', 'fail', message, fix);
      }
      const silent = await scripted(scriptedList('m'), { stream: ['x'] });
      assertCheck(await check(silent.url), 'context', 'warn', /does not say/, /16,384/);
    });

    it('without a prefix cache', async () => {
      const sglang = keep(await replayCaptured('sglang', { chat: answers('sglang') }));
      assertCheck(await check(sglang.url), 'prefixCache', 'warn', /off/, /without --disable-radix-cache/);
      const metrics = Buffer.from(
        'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nvllm:cache_config_info{block_size="16",enable_prefix_caching="False"} 1.0\n',
      );
      const vllm = keep(
        await replayCaptured('vllm-mistral', { more: { '/metrics': metrics }, chat: answers('vllm-mistral') }),
      );
      assertCheck(await check(vllm.url), 'prefixCache', 'warn', /off/, /without --no-enable-prefix-caching/);
    });
  });

  describe('tool calls', () => {
    it('arrive as calls from the recorded servers with a parser', async () => {
      for (const name of ['vllm-mistral', 'sglang', 'llama-server', 'ollama']) {
        const server = keep(await replayCaptured(name, { chat: answers(name) }));
        assertCheck(await check(server.url), 'tools', 'ok', /arrive as calls/);
      }
    });

    const vllm: [id: string, root: string, fix: RegExp][] = [
      [
        'coder',
        'mistralai/Devstral-Small-2507',
        /^Start vLLM with --enable-auto-tool-choice --tool-call-parser mistral$/,
      ],
      ['Qwen/Qwen2.5-Coder-32B-Instruct', '', /--tool-call-parser hermes$/],
      ['qwen', 'Qwen/Qwen3-Coder-30B-A3B-Instruct', /--tool-call-parser qwen3_coder$/],
      ['mine', '/models/mine', /--tool-call-parser NAME, where NAME .*: .*mistral \(Mistral\), .*hermes \(Qwen\)/],
    ];
    for (const [id, root, fix] of vllm) {
      it(`vLLM without --enable-auto-tool-choice: the parser of ${root || id}`, async () => {
        const models = scriptedList(id, { owned_by: 'vllm', root, max_model_len: 32768 });
        const { url } = await scripted(models, vllmRefusal);
        assertCheck(await check(url), 'tools', 'fail', /refused with 400: "auto" tool choice requires/, fix);
      });
    }

    it('SGLang without --tool-call-parser', async () => {
      const info = { model_path: 'mistralai/Devstral-Small-2507', tool_call_parser: null };
      const models = scriptedList('d', { owned_by: 'sglang', max_model_len: 32768 });
      const { url } = await scripted(models, { stream: ['Paris is sunny'] }, { '/model_info': info });
      assertCheck(await check(url), 'tools', 'fail', /no parser/, /^Start SGLang with --tool-call-parser mistral$/);
    });

    it('as text: from transformers and from a template of Ollama, as recorded', async () => {
      const more = { '/openapi.json': jsonReply(transformersOpenapi) };
      const transformers = keep(await replayCaptured('transformers', { more, chat: answers('transformers') }));
      assertCheck(await check(transformers.url), 'tools', 'fail', /arrive as text/, /serve the model with vLLM/);
      const ollama = keep(
        await replayCaptured('ollama', { chat: answers('ollama', { tools: 'plaintemplate_tool_leak' }) }),
      );
      assertCheck(await check(ollama.url, { model: 'tinyt' }), 'tools', 'fail', /arrive as text/, /ollama create/);
    });

    it('a model of Ollama without a template for tools, as recorded', async () => {
      const server = keep(await replayCaptured('ollama', { chat: answers('ollama', { tools: 'notemplate_tools' }) }));
      assertCheck(await check(server.url), 'tools', 'fail', /does not support tools/, /TEMPLATE/);
    });

    it('in every form that was seen as text', () => {
      for (const text of [
        '[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}',
        'get_weather{"city": "Paris"}',
        '```json\n{"name": "get_weather", "arguments": {}}\n```',
        '<tool_call>\n{}',
        '<function=get_weather>',
      ])
        assert.ok(isCallAsText(text), text);
      assert.ok(!isCallAsText('I would call get_weather for Paris.'));
    });

    it('used by no means, or lost', async () => {
      const models = scriptedList('m', { owned_by: 'sglang', max_model_len: 32768 });
      const words = await scripted(models, { stream: ['It is sunny in Paris.'] });
      assertCheck(await check(words.url), 'tools', 'warn', /answered in words/);
      const lost = await scripted(models, { stream: [] });
      assertCheck(await check(lost.url), 'tools', 'fail', /empty/, /--tool-call-parser/);
    });

    it('has a parser for each family, by its path too', () => {
      assert.equal(toolCallParser('vllm', ['tiny', 'models/tiny-mistral']), 'mistral');
      assert.equal(toolCallParser('vllm', ['x', 'unsloth/Ministral-3-8B']), 'mistral');
      assert.equal(toolCallParser('sglang', ['x', 'MistralForCausalLM']), 'mistral');
      assert.equal(toolCallParser('sglang', ['Qwen/Qwen3-Coder-Next']), 'qwen3_coder');
      assert.equal(toolCallParser('vllm', ['NousResearch/Hermes-3-Llama-3.1-8B']), 'hermes');
      assert.equal(toolCallParser('vllm', ['meta-llama/Llama-3.3-70B']), 'llama3_json');
      assert.equal(toolCallParser('vllm', ['mine']), null);
      assert.match(toolCallFix('llamacpp', []), /--jinja/);
      assert.match(toolCallFix('ollama', ['devstral']), /PARSER ministral/);
    });
  });

  describe('chat', () => {
    it('roles refused, as recorded', async () => {
      const cases: [server: string, system: string, fix: RegExp][] = [
        ['vllm-hf-tokenizer', 'system_mid', /--tokenizer-mode mistral/],
        ['llama-server', 'system_mid', /--chat-template-file/],
        ['sglang', 'system_mid', /--chat-template FILE/],
      ];
      for (const [name, system, fix] of cases) {
        const chat = answers(name, { users: 'two_users', system });
        const server = keep(await replayCaptured(name, { chat }));
        const both = /refuses two messages of the user in a row and a system message later on/;
        assertCheck(await check(server.url), 'roles', 'warn', both, fix);
      }
      const merging = keep(
        await replayCaptured('vllm-mistral', { chat: answers('vllm-mistral', { system: 'system_mid' }) }),
      );
      assertCheck(await check(merging.url), 'roles', 'warn', /^Roles: refuses a system message later on/);
    });

    it('a template that takes no system message at all', async () => {
      const models = scriptedList('m', { owned_by: 'vllm', max_model_len: 32768 });
      const body = { error: { message: 'Only user, assistant and tool roles are supported, got system.' } };
      const { url } = keep(await startScriptedServer({ models, replies: [{ status: 400, body }] }));
      assertCheck(await check(url), 'roles', 'fail', /refuses a system message/, /--chat-template/);
    });

    it('a mistral-common that does not fit, as recorded', async () => {
      const broken = captured('vllm-mistral-mismatch', 'chat_stream');
      const server = keep(await replayCaptured('vllm-mistral', { chat: () => broken }));
      assertCheck(await check(server.url), 'chat', 'fail', /get_lark_from_jinja/, /pip install 'mistral-common==1\.12/);
    });

    it('transformers beside tekken.json, as recorded', async () => {
      const more = { '/openapi.json': jsonReply(transformersOpenapi) };
      const chat = answers('transformers-tekken');
      const server = keep(await replayCaptured('transformers-tekken', { more, chat }));
      assertCheck(await check(server.url), 'chat', 'fail', /500/, /move tekken\.json away/);
    });

    it('a chat that is not there, in place of a list that is not needed', async () => {
      const server = keep(await startReplayServer({ reply: () => null }));
      const checks = await check(server.url);
      assertCheck(checks, 'list', 'warn', /lists no models \(404\)/);
      assertCheck(checks, 'chat', 'fail', /404/, /Check the address/);
    });

    it('buffered on the way', async () => {
      const models = scriptedList('m', { max_model_len: 32768 });
      const ok: ScriptedReply = { stream: ['ok'] };
      const pieces = Array.from({ length: 30 }, (_, i) => `${i}, `);
      const server = keep(
        await startScriptedServer({
          models,
          replies: [ok, { stream: [{ delayMs: 1500 }, ...pieces] }, ok],
        }),
      );
      assertCheck(await check(server.url), 'streaming', 'fail', /30 pieces came at once/, /proxy_buffering off/);
      // What the judgement rests on, without a clock.
      const each = (ms: number) => Array.from({ length: 20 }, (_, i) => 1000 + i * ms);
      assert.ok(isBurst(each(0)) && isBurst(each(2)));
      assert.ok(!isBurst(each(20)));
      assert.ok(!isBurst(Array.from({ length: 20 }, () => 100)), 'too quick to tell, and to matter');
      assert.ok(!isBurst([1000, 1000]), 'too few pieces');
    });

    it('not streamed at all', async () => {
      const whole = jsonReply({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
      const list = jsonReply(scriptedList('m', { max_model_len: 32768 }));
      const server = keep(await startReplayServer({ reply: ({ method }) => (method === 'GET' ? list : whole) }));
      assertCheck(await check(server.url), 'streaming', 'warn', /as one piece/, /Switch streaming on/);
    });

    it('a first token that is slow, or never comes', async () => {
      assertCheck([firstToken(12_000, 10_000)], 'firstToken', 'warn', /after 12 s/, /GPU/);
      assertCheck([firstToken(300, 10_000)], 'firstToken', 'ok', /after 0\.3 s/);
      const models = scriptedList('m', { max_model_len: 32768 });
      const hanging: ScriptedServer = keep(await startScriptedServer({ models, replies: [{ hang: true }] }));
      const checks = await check(hanging.url, { times: { answerMs: 300 } });
      assertCheck(checks, 'firstToken', 'fail', /No token came within 0\.3 s/, /smaller model/);
    });

    it('an answer that breaks off', async () => {
      const models = scriptedList('m', { max_model_len: 32768 });
      const replies: ScriptedReply[] = [{ stream: ['a', 'b', 'c', 'd'], cutAfterBytes: 300 }];
      const server = keep(await startScriptedServer({ models, replies }));
      assertCheck(await check(server.url), 'chat', 'fail', /ended within the answer, after \d pieces/, /log/);
    });
  });

  it('stops where it is when it is cancelled', async () => {
    const models = scriptedList('m', { max_model_len: 32768 });
    const server = keep(await startScriptedServer({ models, replies: [{ hang: true }] }));
    const abort = new AbortController();
    const options = { url: server.url, offline: false, proxy: { url: '', noProxy: [], strictTls: true }, log: quiet };
    const seen: string[] = [];
    for await (const event of checkServer({ ...options, getKey: async () => null }, abort.signal)) {
      seen.push(event.type === 'step' ? event.title : event.check.id);
      if (event.type === 'step' && event.title.startsWith('Waiting')) setTimeout(() => abort.abort(), 20);
    }
    assert.deepEqual(seen.slice(-2), ['model', 'Waiting for a first answer']);
  });
});
