import assert from 'node:assert/strict';
import type { Message, StreamRequest } from '../../sidecar/models/backend.ts';
import { tokensAtMost } from '../../sidecar/models/backends/remote/countTokens.ts';
import { createPromptLedger } from '../../sidecar/models/backends/remote/promptLedger.ts';
import { type ServerKind, unknownFacts } from '../../sidecar/models/backends/remote/serverFacts.ts';
import { parseServerUrl } from '../../sidecar/models/backends/remote/serverUrl.ts';
import { wireRequest } from '../../sidecar/models/backends/remote/wireRequest.ts';

const server = parseServerUrl('http://h:1') ?? assert.fail('an address');
const talk: Message[] = [
  { role: 'system', content: 'You help.' },
  { role: 'user', content: 'Hi' },
];
const request = (more: Partial<StreamRequest> = {}): StreamRequest => ({
  messages: talk,
  tools: [],
  sampling: { temperature: 0.2, topP: 0.9, minP: 0.01, seed: 7, maxTokens: 50 },
  ...more,
});
const wireOf = (kind: ServerKind, asked: StreamRequest) =>
  wireRequest(asked, { ...unknownFacts('m'), kind, listed: ['m'] }, server, { most: 50, numCtx: 4096 });

describe('requests in each server’s own words', () => {
  it('Mistral: random_seed, a cache key that stays, and nothing that it refuses', () => {
    const { body, url } = wireOf('mistral', request());
    assert.equal(url, 'http://h:1/v1/chat/completions');
    const { prompt_cache_key: key, ...rest } = body;
    assert.deepEqual(rest, {
      model: 'm',
      messages: talk,
      stream: true,
      temperature: 0.2,
      max_tokens: 50,
      top_p: 0.9,
      random_seed: 7,
    });
    const later: Message[] = [...talk, { role: 'assistant', content: 'Hello' }, { role: 'user', content: 'More' }];
    assert.equal(wireOf('mistral', request({ messages: later })).body.prompt_cache_key, key);
    const other: Message[] = [{ role: 'user', content: 'Hi' }];
    assert.notEqual(wireOf('mistral', request({ messages: other })).body.prompt_cache_key, key);
  });

  it('an answer that is continued is said in four ways', () => {
    const messages: Message[] = [...talk, { role: 'assistant', content: 'Hello wor' }];
    const last = (kind: ServerKind) => (wireOf(kind, request({ messages })).body.messages as unknown[]).at(-1);
    const flags = { continue_final_message: true, add_generation_prompt: false };
    const plain = { role: 'assistant', content: 'Hello wor' };
    assert.deepEqual(last('mistral'), { ...plain, prefix: true });
    for (const kind of ['vllm', 'sglang'] as const) {
      const { body } = wireOf(kind, request({ messages }));
      assert.deepEqual({ ...body, ...flags }, body);
      assert.deepEqual(last(kind), plain);
    }
    // Flags are a 422 from transformers.
    assert.doesNotMatch(JSON.stringify(wireOf('transformers', request({ messages })).body), /continue_final/);
    assert.deepEqual(last('ollama'), plain);
    assert.equal(wireOf('llamacpp', request({ messages })).repeats, 'Hello wor');
    assert.equal(wireOf('vllm', request({ messages })).repeats, '');
  });

  it('an image is a data URI in OpenAI’s form, and base64 in Ollama’s', () => {
    const image = { file: 'a.png', label: 'a.png', mime: 'image/png' as const, width: 10, height: 10, data: 'AAAA' };
    const messages: Message[] = [
      { role: 'system', content: 'You help.' },
      { role: 'user', content: 'Look', images: [image] },
      { role: 'user', content: 'here', images: [{ ...image, mime: 'image/jpeg', data: 'BBBB' }] },
    ];
    const sentBy = (kind: ServerKind) => (wireOf(kind, request({ messages })).body.messages as unknown[]).at(-1);
    for (const kind of ['vllm', 'sglang', 'llamacpp', 'mistral', 'transformers', 'lmstudio', 'other'] as const) {
      const content = [
        { type: 'text', text: 'Look\n\nhere' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,BBBB' } },
      ];
      assert.deepEqual(sentBy(kind), { role: 'user', content }, kind);
    }
    assert.deepEqual(sentBy('ollama'), { role: 'user', content: 'Look\n\nhere', images: ['AAAA', 'BBBB'] });
    // Its own API has another form for them.
    assert.match(wireOf('lmstudio', request({ messages })).url, /\/v1\/chat\/completions$/);
    // What a prompt is known by, and how long it can be, does not depend on the bytes.
    const ledger = createPromptLedger();
    ledger.note(messages, [], 500);
    const other = messages.map((one) =>
      one.role === 'user' ? { ...one, images: one.images?.map(({ data: _, ...rest }) => rest) } : one,
    );
    assert.equal(ledger.look(other as Message[], [])?.atLeast, 500);
    const huge = { ...image, width: 1000, height: 1000, data: 'A'.repeat(2_000_000) };
    assert.ok(tokensAtMost([{ role: 'user', content: 'Look', images: [huge] }], []) < 10_000);
  });

  it('fields that a server refuses are not sent', () => {
    for (const kind of ['transformers', 'mistral', 'other', 'lmstudio'] as const) {
      assert.equal(wireOf(kind, request()).body.min_p, undefined, kind);
    }
    assert.equal(wireOf('vllm', request()).body.min_p, 0.01);
    assert.equal(wireOf('llamacpp', request()).body.return_progress, true);
    assert.equal(wireOf('vllm', request()).body.return_progress, undefined);
  });

  describe('LM Studio', () => {
    const greedy = { temperature: 0, maxTokens: 50 };

    it('is asked by its own API where that can do it, for its progress', () => {
      const { url, body } = wireOf('lmstudio', request({ sampling: greedy }));
      assert.equal(url, 'http://h:1/api/v1/chat');
      assert.deepEqual(body, {
        model: 'm',
        input: 'Hi',
        system_prompt: 'You help.',
        stream: true,
        store: false,
        temperature: 0,
        max_output_tokens: 50,
      });
    });

    it('is asked as any server with tools, past answers or a seed', () => {
      const past: Message[] = [...talk, { role: 'assistant', content: 'a' }, { role: 'user', content: 'b' }];
      const tools = [{ name: 't', description: '', parameters: {} }];
      for (const more of [{ messages: past }, { tools }]) {
        const { url } = wireOf('lmstudio', request({ sampling: greedy, ...more }));
        assert.equal(url, 'http://h:1/v1/chat/completions');
      }
      assert.equal(wireOf('lmstudio', request()).body.seed, 7);
    });

    it('tells loading, reading, text, usage and the end', () => {
      const decoder = wireOf('lmstudio', request({ sampling: greedy })).createDecoder();
      const stats = { input_tokens: 9, total_output_tokens: 50, tokens_per_second: 20 };
      const events = [
        { type: 'chat.start' },
        { type: 'model_load.progress', progress: 0.5 },
        { type: 'prompt_processing.progress', progress: 0.25 },
        { type: 'reasoning.delta', content: 'hm' },
        { type: 'message.delta', content: 'Hello' },
        { type: 'chat.end', result: { stats } },
      ];
      assert.deepEqual(
        events.flatMap((event) => decoder.push(event)),
        [
          { type: 'loading', fraction: 0.5 },
          { type: 'share', fraction: 0.25 },
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'Hello' },
          { type: 'usage', promptTokens: 9, reusedTokens: 0, outputTokens: 50, tokensPerSecond: 20 },
          { type: 'end', reason: 'length' },
          { type: 'last' },
        ],
      );
      const [failure] = decoder.push({ type: 'error', error: { type: 'invalid_request', message: 'no' } });
      assert.equal(failure?.type, 'error');
    });
  });
});

describe('what servers counted of a conversation', () => {
  it('bounds the next prompt by it and the new bytes', () => {
    const ledger = createPromptLedger();
    assert.equal(ledger.look(talk, []), null);
    ledger.note(talk, [], 40);
    const next: Message[] = [...talk, { role: 'assistant', content: 'a' }, { role: 'user', content: 'b'.repeat(100) }];
    const seen = ledger.look(next, []) ?? assert.fail('not seen');
    assert.equal(seen.atLeast, 40);
    assert.ok(seen.atMost > 140 && seen.atMost < 300, String(seen.atMost));
    assert.ok(seen.likely > 60 && seen.likely < 90, String(seen.likely));
    assert.equal(
      ledger.look(next, [{ name: 't', description: '', parameters: {} }]),
      null,
      'other tools, other prompt',
    );
    assert.equal(ledger.look([{ role: 'user', content: 'Hi' }], []), null);
  });

  it('forgets the oldest conversation', () => {
    const ledger = createPromptLedger();
    const of = (n: number): Message[] => [{ role: 'user', content: String(n) }];
    for (let n = 0; n < 20; n++) ledger.note(of(n), [], n + 1);
    assert.equal(ledger.look(of(0), []), null);
    assert.equal(ledger.look(of(19), [])?.atLeast, 20);
  });
});
