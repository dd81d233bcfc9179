import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ModelEvent } from '../../sidecar/models/backend.ts';
import { createAnswerEvents } from '../../sidecar/models/backends/remote/answerEvents.ts';
import { createChunkDecoder } from '../../sidecar/models/backends/remote/decodeChunk.ts';
import type { AnswerParser, AnswerPiece } from '../../sidecar/models/formats/chatFormat.ts';
import { createChatmlParser } from '../../sidecar/models/formats/chatmlParser.ts';
import { createMistralParser } from '../../sidecar/models/formats/mistral/answerParser.ts';
import { readPythonJson } from '../../sidecar/models/formats/pythonJson.ts';

/** Reads `count` answers that no model should give: each is taken without an error, and what it begins it ends. */
export type Fuzz = (count: number, seed: number) => void;

const tools = ['read', 'bash'];
const mistralNames = ['[TOOL_CALLS]', '[ARGS]', '[CALL_ID]', '[THINK]', '[/THINK]', '[INST]', '</s>', '<SPECIAL_40>'];
const chatmlNames = ['<tool_call>', '</tool_call>', '<|im_end|>', '<|im_start|>', '<|endoftext|>'];
const word = fc.oneof(
  fc.constantFrom('read', 'bash', ' ', '{', '}', '[', ']', '"', '\\', '```', '```json\n', '\n', '<tool_call>'),
  fc.constantFrom(
    '{"name": "read", "arguments": {}}',
    '[TOOL_CALLS]',
    '[ARGS]',
    'read{"path": "a"}',
    'é',
    '😀',
    '\ud83d',
  ),
  fc.string({ maxLength: 6 }),
);

const piecesOf = (names: readonly string[]) =>
  fc.array(
    fc.oneof(
      fc.constantFrom(...names).map((control) => ({ control })),
      word.map((text) => ({ text })),
    ),
    {
      maxLength: 20,
    },
  );

const parserFuzz =
  (create: () => AnswerParser, names: readonly string[]): Fuzz =>
  (count, seed) =>
    fc.assert(
      fc.property(piecesOf(names), (pieces: AnswerPiece[]) => {
        const parser = create();
        const events = pieces.flatMap((piece) => parser.push(piece));
        const end = parser.end();
        const text = wellFormed([...events, ...end.events]);
        for (const piece of pieces) {
          // What a person, a file or the model itself spelt out is text; a control token never is.
          if ('control' in piece && !pieces.some((said) => 'text' in said && /[<[`]/.test(said.text))) {
            assert.ok(!text.includes(piece.control), text);
          }
        }
      }),
      { numRuns: count, seed },
    );

/** Calls are numbered in order, begun before they go on, and ended once. Answers the text. */
function wellFormed(events: readonly ModelEvent[]): string {
  let text = '';
  const ended: boolean[] = [];
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'toolCallBegin') {
      assert.equal(event.index, ended.length);
      assert.notEqual(event.name, '');
      ended.push(false);
    }
    if (event.type === 'toolCallArguments') assert.equal(ended[event.index], false);
    if (event.type === 'toolCallEnd') {
      assert.equal(ended[event.index], false);
      ended[event.index] = true;
    }
  }
  assert.ok(ended.every(Boolean), 'a call was not ended');
  return text;
}

const anyText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('read', '{"a":1}', '{', '}', '"', '[TOOL_CALLS]'),
);
const toolDelta = fc.record(
  {
    index: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constant(null)),
    id: fc.oneof(anyText, fc.constant(null)),
    function: fc.record({ name: fc.oneof(anyText, fc.constant(null)), arguments: fc.anything() }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const chunk = fc.oneof(
  fc.anything(),
  fc.record({
    choices: fc.array(
      fc.record({
        delta: fc.record(
          {
            content: fc.oneof(anyText, fc.anything()),
            reasoning: anyText,
            tool_calls: fc.array(toolDelta, { maxLength: 3 }),
          },
          { requiredKeys: [] },
        ),
        finish_reason: fc.constantFrom(null, 'stop', 'length', 'tool_calls', 'abort', 7),
      }),
      { maxLength: 1 },
    ),
    usage: fc.anything(),
  }),
);

const chunksFuzz: Fuzz = (count, seed) =>
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
      const decoder = createChunkDecoder();
      const answer = createAnswerEvents(tools, () => 'abcdefghi');
      const events = chunks.flatMap((part) => decoder.push(part).flatMap((item) => answer.push(item)));
      wellFormed([...events, ...answer.end('stop')]);
    }),
    { numRuns: count, seed },
  );

const jsonFuzz: Fuzz = (count, seed) =>
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.array(word, { maxLength: 12 }).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          readPythonJson(text);
        } catch (error) {
          // One kind of refusal, in a line.
          assert.ok(error instanceof SyntaxError, String(error));
        }
      },
    ),
    { numRuns: count, seed },
  );

/** Every parser of what models and servers answer. */
export const answerFuzz: Record<string, Fuzz> = {
  "Mistral's formats": parserFuzz(() => createMistralParser(tools), mistralNames),
  ChatML: parserFuzz(() => createChatmlParser(tools), chatmlNames),
  "servers' chunks": chunksFuzz,
  'JSON as Python writes it': jsonFuzz,
};
