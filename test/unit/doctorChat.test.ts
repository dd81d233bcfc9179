import assert from 'node:assert/strict';
import { firstToken, isBurst } from '../../sidecar/doctor/server/chatChecks.ts';
import { checkServer } from '../../sidecar/doctor/server/checkServer.ts';
import { captured, jsonReply, replayCaptured } from '../servers/captures.ts';
import { startReplayServer } from '../servers/replayServer.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { transformersOpenapi } from '../servers/someLists.ts';
import {
  answers,
  assertCheck,
  check,
  quiet,
  scriptedList,
  serversOfTest,
  startKind,
  states,
} from './checkOneServer.ts';

describe('the doctor of a server: chat', () => {
  const keep = serversOfTest();
  const startKept = async (...args: Parameters<typeof startKind>) => keep(await startKind(...args));

  it('finds nothing wrong with a server that is as it should be', async () => {
    const models = scriptedList('devstral', { owned_by: 'vllm', max_model_len: 65536 });
    const call: ScriptedReply = { stream: [{ call: { name: 'get_weather', arguments: '{"city":"Paris"}' } }] };
    const server = await startKept(models, call, { '/version': { version: '0.32.0' } });
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
    assertCheck(
      await check(merging.url),
      'roles',
      'warn',
      /^Roles: refuses a system message later on/,
      /mistral-common takes no other order/,
    );
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
