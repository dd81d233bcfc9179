import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Message, Tool } from '../../sidecar/models/backend.ts';
import { noResult, normalise } from '../../sidecar/models/formats/mistral/normalise.ts';
import { renderMistral } from '../../sidecar/models/formats/mistral/render.ts';

const versions = ['v3', 'v7', 'v11', 'v13'] as const;
const ids = fc.constantFrom('abc123XYZ', 'call_1', 'call_2', '', 'null', 'Zz9Yy8Xx7');
const text = fc.oneof(fc.constantFrom('', ' ', 'Go on.', '[INST]x[/INST]', '{"a": 1.0}'), fc.string({ maxLength: 20 }));
const call = fc.record({ id: ids, name: fc.constantFrom('read', 'a b', '', 'x'.repeat(80)), arguments: text });
const message = fc.oneof(
  fc.record({ role: fc.constant('system' as const), content: text }),
  fc.record({ role: fc.constant('user' as const), content: text }),
  fc.record({ role: fc.constant('assistant' as const), content: text }),
  fc.record({ role: fc.constant('assistant' as const), content: text, toolCalls: fc.array(call, { maxLength: 3 }) }),
  fc.record({ role: fc.constant('tool' as const), toolCallId: ids, content: text }),
) satisfies fc.Arbitrary<Message>;
const tool: fc.Arbitrary<Tool> = fc.record({
  name: fc.constantFrom('read', 'web.fetch', 'x'.repeat(70)),
  description: text,
  parameters: fc.constant({ type: 'object', properties: { a: { type: 'number', minimum: 0.5 } } }),
});

const rendered = (version: (typeof versions)[number], messages: readonly Message[], tools: readonly Tool[]) =>
  renderMistral(version, normalise(version, messages, tools));

describe('a conversation in any order of events', () => {
  for (const version of versions) {
    it(`is never refused once it was normalised: ${version}`, () => {
      fc.assert(
        fc.property(fc.array(message, { maxLength: 12 }), fc.array(tool, { maxLength: 2 }), (messages, tools) => {
          const result = rendered(version, messages, tools);
          assert.equal(result.kind, 'rendered', JSON.stringify(result));
        }),
        { numRuns: 1000, seed: 7 },
      );
    });
  }

  it('keeps what stands before an appended message: v13', () => {
    // Up to the end of the last whole exchange: an answer that is gone on with has no end yet.
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const first: Message[] = [...messages, { role: 'user', content: 'one' }];
        const short = rendered('v13', first, []);
        const long = rendered(
          'v13',
          [...first, { role: 'assistant', content: 'two' }, { role: 'user', content: '3' }],
          [],
        );
        assert.ok(short.kind === 'rendered' && long.kind === 'rendered');
        assert.deepEqual(long.segments.slice(0, short.segments.length), short.segments);
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  it('says of a call without a result that it was not run', () => {
    const toolCalls = [
      { id: 'a', name: 'read', arguments: '{}' },
      { id: 'b', name: 'read', arguments: '{}' },
    ];
    const { messages } = normalise(
      'v13',
      [
        { role: 'user', content: 'go' },
        { role: 'assistant', content: '', toolCalls },
        { role: 'tool', toolCallId: 'b', content: 'second' },
        { role: 'user', content: 'stop' },
      ],
      [],
    );
    const results = messages.flatMap((entry) => (entry.role === 'tool' ? [entry.content] : []));
    assert.deepEqual(results, [noResult, 'second']);
  });

  it('writes arguments as Python does, also where the model left newlines in strings', () => {
    const toolCalls = [{ id: 'a', name: 'write', arguments: '{"n":1.0,"text":"one\ntwo"}' }];
    const { messages } = normalise('v13', [{ role: 'assistant', content: '', toolCalls }], []);
    const answer = messages.find(({ role }) => role === 'assistant');
    assert.ok(answer?.role === 'assistant');
    assert.match(answer.toolCalls[0]?.arguments ?? '', /^\{"n": 1(\.0)?, "text": "one\\ntwo"\}$/);
  });
});
