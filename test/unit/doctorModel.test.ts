import assert from 'node:assert/strict';
import { jsonReply, replayCaptured } from '../servers/captures.ts';
import { lmStudioList, lmStudioNative } from '../servers/someLists.ts';
import { answers, assertCheck, check, scriptedList, serversOfTest, startKind } from './checkOneServer.ts';

describe('the doctor of a server: its model', () => {
  const keep = serversOfTest();
  const startKept = async (...args: Parameters<typeof startKind>) => keep(await startKind(...args));

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
          await startKept(scriptedList('d', { owned_by: 'llamacpp', meta: { n_ctx: 8192, n_ctx_train: 131072 } }), {
            stream: ['x'],
          })
        ).url,
        undefined,
        /8,192 tokens, 131,072 possible/,
        /^Start llama-server with -c 32768/,
      ],
      [
        (await startKept(lmStudioList(ids), { stream: ['x'] }, { '/api/v1/models': lmStudioNative })).url,
        undefined,
        /4,096 tokens, 393,216 possible/,
        /lms load mistralai\/devstral-small-2-2512 --context-length 32768$/,
      ],
      [
        (
          await startKept(
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
    const silent = await startKept(scriptedList('m'), { stream: ['x'] });
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
