import assert from 'node:assert/strict';
import { toolCallFix, toolCallParser } from '../../sidecar/doctor/server/modelFamily.ts';
import { isCallAsText } from '../../sidecar/doctor/server/toolChecks.ts';
import { jsonReply, replayCaptured } from '../servers/captures.ts';
import type { ScriptedReply } from '../servers/scriptedServer.ts';
import { transformersOpenapi } from '../servers/someLists.ts';
import { answers, assertCheck, check, scriptedList, serversOfTest, startKind } from './checkOneServer.ts';

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

describe('the doctor of a server: tool calls', () => {
  const keep = serversOfTest();
  const startKept = async (...args: Parameters<typeof startKind>) => keep(await startKind(...args));

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
      const { url } = await startKept(models, vllmRefusal);
      assertCheck(await check(url), 'tools', 'fail', /refused with 400: "auto" tool choice requires/, fix);
    });
  }

  it('SGLang without --tool-call-parser', async () => {
    const info = { model_path: 'mistralai/Devstral-Small-2507', tool_call_parser: null };
    const models = scriptedList('d', { owned_by: 'sglang', max_model_len: 32768 });
    const { url } = await startKept(models, { stream: ['Paris is sunny'] }, { '/model_info': info });
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
    const words = await startKept(models, { stream: ['It is sunny in Paris.'] });
    assertCheck(await check(words.url), 'tools', 'warn', /answered in words/);
    const lost = await startKept(models, { stream: [] });
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
