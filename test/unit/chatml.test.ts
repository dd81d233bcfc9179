import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Message, ModelEvent, Tool } from '../../sidecar/models/backend.ts';
import type { AnswerPiece, Segment } from '../../sidecar/models/formats/chatFormat.ts';
import { chatml, renderChatml } from '../../sidecar/models/formats/chatml.ts';

const tool: Tool = {
  name: 'read_file',
  description: 'Reads',
  parameters: { type: 'object', properties: { path: { type: 'string' } } },
};
const markers = ['<|im_end|>', '<|im_start|>', '<|endoftext|>', '<tool_call>', '</tool_call>', '</s>', '[INST]'];

const asText = (segments: readonly Segment[]) => segments.map((s) => ('control' in s ? s.control : s.text)).join('');

/** Every control segment or character of text is one item: the same prefix here is the same prefix in tokens. */
const flat = (segments: readonly Segment[]) => segments.map((s) => ('control' in s ? `C${s.control}` : `T${s.text}`));

function answer(pieces: readonly AnswerPiece[], tools: readonly Tool[]) {
  const parser = chatml.parser(tools);
  const events: ModelEvent[] = pieces.flatMap((piece) => parser.push(piece));
  const last = parser.end();
  events.push(...last.events);
  let text = '';
  const calls: { name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'toolCallBegin') calls.push({ name: event.name, arguments: '' });
    if (event.type === 'toolCallArguments') calls[event.index]!.arguments += event.text;
  }
  return { text, calls, toolCalls: last.toolCalls };
}

/** Cuts a text at the given places. */
function split(text: string, cuts: readonly number[]): AnswerPiece[] {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, i) => ({ text: text.slice(at[i], end) }));
}

const content = fc.oneof(
  fc.string(),
  fc.constantFrom(...markers),
  fc.array(fc.constantFrom('\n', 'a', ...markers)).map((parts) => parts.join('')),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  content.map((text): Message => ({ role: 'user', content: text })),
  content.map((text): Message => ({ role: 'assistant', content: text })),
  fc.tuple(content, fc.json()).map(
    ([text, json]): Message => ({
      role: 'assistant',
      content: text,
      toolCalls: [{ id: 'c1', name: 'read_file', arguments: json }],
    }),
  ),
  content.map((text): Message => ({ role: 'tool', toolCallId: 'c1', content: text })),
);

describe('ChatML', () => {
  it('renders as Qwen2.5 does', () => {
    const rendered = asText(
      renderChatml(
        [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        [],
      ),
    );
    assert.equal(
      rendered,
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('renders tools, calls and results as Qwen2.5 does', () => {
    const messages: Message[] = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'U' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: '1', name: 'read_file', arguments: '{"path": "a"}' },
          { id: '2', name: 'read_file', arguments: '{"path": "b"}' },
        ],
      },
      { role: 'tool', toolCallId: '1', content: 'A' },
      { role: 'tool', toolCallId: '2', content: 'B' },
    ];
    assert.equal(
      asText(renderChatml(messages, [tool])),
      `<|im_start|>system
S

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{"type": "function", "function": {"name": "read_file", "description": "Reads", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
<|im_start|>user
U<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "read_file", "arguments": {"path": "a"}}
</tool_call>
<tool_call>
{"name": "read_file", "arguments": {"path": "b"}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
A
</tool_response>
<tool_response>
B
</tool_response><|im_end|>
<|im_start|>assistant
`,
    );
  });

  it('always sends a system message of its own', () => {
    const rendered = asText(renderChatml([{ role: 'user', content: 'Hi' }], []));
    assert.match(rendered, /^<\|im_start\|>system\nYou are a helpful coding assistant\.<\|im_end\|>/);
  });

  it('never makes control segments of what people, files and tools say', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), content, (messages, system) => {
        const segments = renderChatml([{ role: 'system', content: system }, ...messages], []);
        const calls = messages.reduce((sum, m) => sum + (m.role === 'assistant' ? (m.toolCalls?.length ?? 0) : 0), 0);
        const blocks = messages.filter((m, i) => m.role !== 'tool' || messages[i - 1]?.role !== 'tool').length + 1;
        const controls = segments.filter((s) => 'control' in s).map((s) => s.control);
        assert.equal(controls.filter((c) => c === '<|im_start|>').length, blocks + 1);
        assert.equal(controls.filter((c) => c === '<|im_end|>').length, blocks);
        assert.equal(controls.filter((c) => c.includes('tool_call')).length, 2 * calls);
      }),
    );
  });

  it('is a prefix of the same conversation with a message more', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), message, fc.boolean(), (messages, next, withTools) => {
        const tools = withTools ? [tool] : [];
        const before = flat(renderChatml(messages, tools));
        const after = flat(renderChatml([...messages, next], tools));
        // What an answer is appended to is the whole prompt. In front of another message only the open answer goes;
        // results of the same round share a block, so its end goes too.
        const sameRound = next.role === 'tool' && messages.at(-1)?.role === 'tool';
        const open = next.role === 'assistant' ? 0 : sameRound ? 4 : 2;
        const kept = before.slice(0, before.length - open);
        assert.deepEqual(after.slice(0, kept.length), kept);
      }),
    );
  });
});

describe('ChatML answers', () => {
  const cuts = fc.array(fc.nat(400), { maxLength: 12 });

  it('gives text as it is, wherever it is cut', () => {
    fc.assert(
      fc.property(content, cuts, (text, places) => {
        const plain = text.replace(/((<\|im_end\|>|<\|endoftext\|>)\s*)+$/, '');
        assert.equal(answer(split(text, places), []).text, plain);
      }),
    );
  });

  it('finds calls wherever they are cut', () => {
    const args = fc.record({ path: content, n: fc.integer() });
    fc.assert(
      fc.property(args, cuts, fc.boolean(), (value, places, ended) => {
        const json = JSON.stringify(value);
        const text = `I look.\n<tool_call>\n{"name": "read_file", "arguments": ${json}}\n</tool_call>${ended ? '<|im_end|>\n' : ''}`;
        const got = answer(split(text, places), [tool]);
        assert.equal(got.text.trimEnd(), 'I look.');
        assert.deepEqual(
          got.calls.map((call) => [call.name, JSON.parse(call.arguments)]),
          [['read_file', JSON.parse(json)]],
        );
        assert.equal(got.toolCalls, true);
      }),
    );
  });

  it('takes the markers as tokens too', () => {
    const pieces: AnswerPiece[] = [
      { control: '<tool_call>' },
      { text: '\n{"name": "read_file", "arguments": {"path": "a"}}\n' },
      { control: '</tool_call>' },
      { text: '\n' },
      { control: '<tool_call>' },
      { text: '{"name": "read_file", "arguments": {"path": "b"}}' },
      { control: '</tool_call>' },
      { control: '<|im_end|>' },
    ];
    const got = answer(pieces, [tool]);
    assert.deepEqual(
      got.calls.map((call) => JSON.parse(call.arguments)),
      [{ path: 'a' }, { path: 'b' }],
    );
    assert.equal(got.text, '');
  });

  it('takes a call in a fence, as small models write it', () => {
    const text = '```json\n{"name": "read_file", "arguments": {"path": "a.py"}}\n```';
    const got = answer([{ text }], [tool]);
    assert.deepEqual(
      got.calls.map((call) => call.name),
      ['read_file'],
    );
  });

  it('leaves calls alone when there are no tools', () => {
    const text = '<tool_call>\n{"name": "read_file", "arguments": {}}\n</tool_call>';
    assert.deepEqual(answer([{ text }], []), { text, calls: [], toolCalls: false });
  });

  it('keeps an end marker that stands inside a file', () => {
    const text = "const end = '<|im_end|>';\n";
    assert.equal(answer([{ text }], []).text, text);
  });
});
