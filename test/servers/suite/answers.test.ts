import assert from 'node:assert/strict';
import type { Backend, ModelEvent } from '../../../sidecar/models/backend.ts';
import { streams } from '../../unit/capturesExpected.ts';
import { loadCaptures } from '../captures.ts';
import { longAnswer, parisQuestion, readFile, weather } from './prompts.ts';
import { askedFrom, type CapturedBody, recordedCases, requestOf } from './recorded.ts';
import { answerOf, expected, openServed, promptTokens, served, unloadServed, user } from './served.ts';

describe(`answers of ${served.kind}`, () => {
  let backend: Backend;
  before(() => {
    backend = openServed();
  });
  after(() => backend.dispose());

  it('is ready, with the context it was started with', async () => {
    const events: ModelEvent[] = [];
    for await (const event of backend.prepare(new AbortController().signal)) events.push(event);
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' });
    // Loads the model where that is done by the first answer.
    await answerOf(backend, [user('hi')]);
    const able = await backend.capabilities(new AbortController().signal);
    assert.equal(able.contextSize, expected.saysContext ? served.context : null);
    assert.equal(able.exactTokenCounts, expected.exactCounts);
  });

  // The same questions as when the answers were recorded, asked by the product's client.
  const captures = loadCaptures(askedFrom);
  for (const name of recordedCases) {
    const own = expected.cases[name];
    it(`${name}${own ? `: ${own.why}` : ''}`, async () => {
      const capture = captures.find((entry) => entry.case === name);
      assert.ok(capture, `${askedFrom} has the case`);
      const { messages, tools, maxTokens } = requestOf(capture.body as CapturedBody);
      const got = await answerOf(backend, messages, tools, maxTokens);
      if (expected.hangsAfterUnreadable && got.ends[0] === 'callUnreadable') await unloadServed();
      if (own?.expected === 'any answer') {
        assert.match(got.ends[0] ?? '', /^(stop|length|toolCalls)$/);
        assert.doesNotMatch(got.text, /\[(TOOL_CALLS|ARGS)\]/);
        return;
      }
      const calls = got.calls.map((call): [string, string] => [call.name, call.arguments]);
      assert.deepEqual(
        { text: got.text, reasoning: got.reasoning, calls, end: got.ends[0] },
        { text: '', reasoning: '', calls: [], ...(own?.expected ?? streams(expected.recorded, name)) },
      );
    });
  }

  it('arrives piece by piece', async () => {
    const request = longAnswer(expected.quick);
    let turn = 0;
    const turns = new Set<number>();
    for await (const event of backend.stream(request, new AbortController().signal)) {
      if (event.type !== 'text' && event.type !== 'toolCallArguments') continue;
      // Pieces that came in one read are handed on within one turn of the event loop.
      if (!turns.has(turn)) setImmediate(() => turn++);
      turns.add(turn);
    }
    // A quick server sends many pieces while the client reads one.
    assert.ok(turns.size > 1, `${turns.size} reads brought text`);
  });

  it('calls a tool, takes its result, and answers', async () => {
    const question = user(parisQuestion);
    const first = await answerOf(backend, [question], [weather]);
    assert.equal(first.ends[0], 'toolCalls');
    const [call] = first.calls;
    assert.ok(call);
    const asked = { role: 'assistant' as const, content: first.text, toolCalls: [call] };
    const result = { role: 'tool' as const, toolCallId: call.id, content: '18 C, sunny' };
    const second = await answerOf(backend, [question, asked, result], [weather]);
    assert.deepEqual([second.text, second.ends[0]], ['It is 18 C and sunny.', 'stop']);
  });

  it('takes a conversation that stops and denials left behind', async () => {
    const call = { id: 'a-long-id-of-another-server', name: 'read_file', arguments: '{"path": "src/ma' };
    const got = await answerOf(
      backend,
      [
        user('Read the file src/main.ts'),
        { role: 'assistant', content: '', toolCalls: [call] },
        user('Stop.'),
        { role: 'system', content: 'Be terse.' },
        user('hi'),
      ],
      [readFile],
    );
    assert.match(got.ends[0] ?? '', /^(stop|length|toolCalls)$/);
  });

  it('counts tokens as the model reads them, or near that where the server counts none', async () => {
    for (const tools of [[], [weather, readFile]]) {
      const messages = [user(parisQuestion)];
      const counted = await backend.countTokens(messages, tools, new AbortController().signal);
      const read = promptTokens(await answerOf(backend, messages, tools));
      if (expected.exactCounts) assert.equal(counted, read);
      // The model's own template is not known: its words around messages and tools differ.
      else assert.ok(Math.abs(counted - read) <= 16 + read / 3, `${counted} estimated, ${read} read`);
    }
  });
});
