import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ModelEvent } from '../../sidecar/models/backend.ts';
import type { AnswerPiece } from '../../sidecar/models/formats/chatFormat.ts';
import { createMistralParser } from '../../sidecar/models/formats/mistral/answerParser.ts';

const control = (name: string): AnswerPiece => ({ control: name });
const said = (text: string): AnswerPiece => ({ text });

interface Answer {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: string; id: string; ended: boolean }[];
  toolCalls: boolean;
}

function collect(events: readonly ModelEvent[], toolCalls: boolean): Answer {
  const answer: Answer = { text: '', reasoning: '', calls: [], toolCalls };
  for (const event of events) {
    if (event.type === 'text') answer.text += event.text;
    if (event.type === 'reasoning') answer.reasoning += event.text;
    if (event.type === 'toolCallBegin') {
      assert.equal(event.index, answer.calls.length);
      answer.calls.push({ name: event.name, id: event.id, arguments: '', ended: false });
    }
    if (event.type === 'toolCallArguments') {
      const call = answer.calls[event.index];
      assert.ok(call && !call.ended);
      call.arguments += event.text;
    }
    if (event.type === 'toolCallEnd') {
      const call = answer.calls[event.index];
      assert.ok(call && !call.ended);
      call.ended = true;
    }
  }
  return answer;
}

function parse(pieces: readonly AnswerPiece[], tools = ['read', 'bash']): Answer {
  const parser = createMistralParser(tools);
  const events = pieces.flatMap((piece) => parser.push(piece));
  const end = parser.end();
  return collect([...events, ...end.events], end.toolCalls);
}

const calls = (pieces: readonly AnswerPiece[]) =>
  parse(pieces).calls.map(({ name, arguments: given }) => [name, given]);

describe("answers in Mistral's formats", () => {
  it('v13: text, then several calls', () => {
    const answer = parse([
      said('Let me look.'),
      control('[TOOL_CALLS]'),
      said('read'),
      control('[ARGS]'),
      said('{"path": "a"}'),
      control('[TOOL_CALLS]'),
      said('bash'),
      control('[ARGS]'),
      said('{"command": "ls"}'),
      control('</s>'),
    ]);
    assert.equal(answer.text, 'Let me look.');
    assert.deepEqual(
      answer.calls.map((call) => [call.name, call.arguments, call.ended]),
      [
        ['read', '{"path": "a"}', true],
        ['bash', '{"command": "ls"}', true],
      ],
    );
    assert.match(answer.calls[0]?.id ?? '', /^[a-zA-Z0-9]{9}$/);
    assert.equal(answer.toolCalls, true);
  });

  it('v11: keeps the ids', () => {
    const answer = parse([
      control('[TOOL_CALLS]'),
      said('read'),
      control('[CALL_ID]'),
      said('abc123XYZ'),
      control('[ARGS]'),
      said('{}'),
    ]);
    assert.deepEqual(answer.calls, [{ name: 'read', id: 'abc123XYZ', arguments: '{}', ended: true }]);
  });

  it('v3, v7: a list', () => {
    const list = '[{"name": "read", "arguments": {"path": "a"}, "id": "abc123XYZ"}, {"name": "bash", "arguments": {}}]';
    const answer = parse([said('ok'), control('[TOOL_CALLS]'), said(list)]);
    assert.deepEqual(
      answer.calls.map(({ name, arguments: given }) => [name, given]),
      [
        ['read', '{"path":"a"}'],
        ['bash', '{}'],
      ],
    );
    assert.equal(answer.calls[0]?.id, 'abc123XYZ');
  });

  it('what models make of it', () => {
    const marker = control('[TOOL_CALLS]');
    const args = control('[ARGS]');
    assert.deepEqual(calls([marker, said('read{"path": "a"}')]), [['read', '{"path": "a"}']]);
    assert.deepEqual(calls([marker, said('bash'), args, said('{"command": "ls')]), [['bash', '{"command": "ls']]);
    assert.deepEqual(calls([marker, said('read')]), [['read', '{}']]);
    assert.deepEqual(calls([marker, said(' [{"name": "read", "arguments": "{}"}]')]), [['read', '{}']]);
    assert.deepEqual(calls([marker, said('{"name": "read", "arguments": {}}')]), [['read', '{}']]);
    assert.deepEqual(calls([said('bash[ARGS]{"command": "ls"}')]), [['bash', '{"command": "ls"}']]);
    assert.deepEqual(calls([said('[TOOL_CALLS]bash[ARGS]{"command": "ls"}')]), [['bash', '{"command": "ls"}']]);
    const talks = parse([marker, said('bash'), args, said('{"command": "ls"} and then some text')]);
    assert.equal(talks.calls[0]?.arguments, '{"command": "ls"}');
    assert.equal(talks.text.trim(), 'and then some text');
    const raw = parse([marker, said('bash'), args, said('{"command": "one\ntwo\t}{"}')]);
    assert.equal(raw.calls[0]?.arguments, '{"command": "one\ntwo\t}{"}');
  });

  it('thinks, and shows no marker', () => {
    const answer = parse([control('[THINK]'), said('Hm.'), control('[/THINK]'), said('Four.'), control('[INST]')]);
    assert.deepEqual([answer.reasoning, answer.text], ['Hm.', 'Four.']);
    assert.equal(parse([control('[TOOL_CALLS]'), said('words about nothing')]).text, 'words about nothing');
  });

  it('reads the same however the text is cut', () => {
    const whole: AnswerPiece[] = [
      said('Look: `x` é😀. '),
      control('[TOOL_CALLS]'),
      said('read'),
      control('[ARGS]'),
      said('{"path": "a\\"}", "n": [1, {"b": "😀"}]}'),
      control('[TOOL_CALLS]'),
      said('bash{"command": "ls"}'),
      control('</s>'),
    ];
    const expected = withoutIds(parse(whole));
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (sizes) => {
        const cut = whole.flatMap((piece) => ('control' in piece ? [piece] : cuts(piece.text, sizes)));
        assert.deepEqual(withoutIds(parse(cut)), expected);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('takes anything without an error, shows no control token, and ends what it began', () => {
    const names = ['[TOOL_CALLS]', '[ARGS]', '[CALL_ID]', '[THINK]', '[/THINK]', '[INST]', '</s>', '<SPECIAL_40>'];
    const word = fc.constantFrom(
      'read',
      'bash',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '{"name": "read", "arguments": {}}',
      'hm',
      '\n',
    );
    const piece = fc.oneof(fc.constantFrom(...names).map(control), word.map(said));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const answer = parse(pieces);
        for (const call of answer.calls) assert.ok(call.ended && call.name !== '');
        for (const name of names) assert.ok(!answer.text.includes(name), answer.text);
      }),
      { numRuns: 2000, seed: 3 },
    );
  });
});

const withoutIds = (answer: Answer) => ({ ...answer, calls: answer.calls.map(({ id: _id, ...call }) => call) });

function cuts(text: string, sizes: fc.Stream<number>): AnswerPiece[] {
  const out: AnswerPiece[] = [];
  for (let rest = text; rest !== ''; ) {
    const [size = 1] = sizes.take(1);
    out.push(said(rest.slice(0, size)));
    rest = rest.slice(size);
  }
  return out;
}
