import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Message } from '../../sidecar/models/backend.ts';
import { wireId, wireMessages, wireTools } from '../../sidecar/models/backends/remote/conversation.ts';

const call = (id: string, args = '{}') => ({ id, name: 'f', arguments: args });

describe('conversations for strict templates', () => {
  it('merges users and puts an answer between a result and a user', () => {
    const sent = wireMessages([
      { role: 'system', content: 's' },
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: '', toolCalls: [call('abcdefghi')] },
      { role: 'tool', toolCallId: 'abcdefghi', content: 'r' },
      { role: 'user', content: 'c' },
    ]);
    assert.deepEqual(
      sent.map((message) => [message.role, message.content]),
      [
        ['system', 's'],
        ['user', 'a\n\nb'],
        ['assistant', undefined],
        ['tool', 'r'],
        ['assistant', 'Understood.'],
        ['user', 'c'],
      ],
    );
  });

  it('answers calls that have no result, after a stop', () => {
    const sent = wireMessages([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'x', toolCalls: [call('aaaaaaaaa'), call('bbbbbbbbb')] },
      { role: 'tool', toolCallId: 'bbbbbbbbb', content: 'r' },
      { role: 'user', content: 'b' },
    ]);
    assert.deepEqual(
      sent.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'tool', 'assistant', 'user'],
    );
  });

  it('makes past arguments valid JSON of an object and keeps those that are', () => {
    const args = (text: string) => {
      const [, sent] = wireMessages([
        { role: 'user', content: 'a' },
        { role: 'assistant', content: '', toolCalls: [call('abcdefghi', text)] },
      ]);
      return sent?.role === 'assistant' ? sent.tool_calls?.[0]?.function.arguments : undefined;
    };
    assert.equal(args('{"n": 1.0}'), '{"n": 1.0}');
    assert.equal(args('{"a": "x\ny"}'), '{"a":"x\\ny"}');
    assert.equal(args('{"a": "x'), '{"unreadable":"{\\"a\\": \\"x"}');
    assert.equal(args(''), '{}');
  });

  it('makes ids of nine letters and digits, the same each time', () => {
    assert.equal(wireId('abcdefghi'), 'abcdefghi');
    assert.match(wireId('call_1'), /^[a-z0-9]{9}$/);
    assert.equal(wireId('call_1'), wireId('call_1'));
    assert.notEqual(wireId('call_1'), wireId('call_2'));
  });

  it('never sends an empty list of tools', () => {
    assert.deepEqual(wireTools([]), {});
  });

  it('always alternates, with a result for each call, whatever happened', () => {
    const message: fc.Arbitrary<Message> = fc.oneof(
      fc.record({ role: fc.constant('user' as const), content: fc.string() }),
      fc.record({ role: fc.constant('system' as const), content: fc.string() }),
      fc.record({
        role: fc.constant('assistant' as const),
        content: fc.string(),
        toolCalls: fc.array(
          fc.constantFrom('a', 'b', 'c').map((id) => call(id)),
          { maxLength: 2 },
        ),
      }),
      fc.record({
        role: fc.constant('tool' as const),
        toolCallId: fc.constantFrom('a', 'b', 'c'),
        content: fc.string(),
      }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const sent = wireMessages(messages);
        let waiting = new Set<string>();
        let turn = '';
        for (const entry of sent) {
          if (entry.role === 'tool') {
            assert.ok(waiting.delete(entry.tool_call_id));
            continue;
          }
          assert.equal(waiting.size, 0);
          if (entry.role === 'assistant' && entry.tool_calls) waiting = new Set(entry.tool_calls.map(({ id }) => id));
          else {
            assert.notEqual(entry.role, turn);
            turn = entry.role;
          }
        }
        assert.equal(waiting.size, 0);
      }),
    );
  });
});
