import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLeakFilter, type LeakPart } from '../../sidecar/models/formats/leakedCalls.ts';

const tools = ['bash', 'get_weather', 'write_file'];

/** Runs pieces through a filter and joins neighbouring parts of one kind. */
function run(pieces: readonly string[], toolNames: readonly string[] = tools): LeakPart[] {
  const filter = createLeakFilter(toolNames);
  const parts = [...pieces.flatMap((piece) => filter.push(piece)), ...filter.end()];
  const joined: LeakPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.type !== 'call' && last?.type === part.type) last.text += part.text;
    else joined.push({ ...part });
  }
  return joined;
}

const text = (value: string): LeakPart => ({ type: 'text', text: value });
const call = (name: string, args: string): LeakPart => ({ type: 'call', name, arguments: args });
const ls = call('bash', '{"command": "ls"}');

const cases: [name: string, input: string, expected: LeakPart[]][] = [
  ['marker, name, [ARGS]', '[TOOL_CALLS]bash[ARGS]{"command": "ls"}', [ls]],
  ['marker and name', '[TOOL_CALLS]bash{"command": "ls"}', [ls]],
  ['marker with a call id (v11)', '[TOOL_CALLS]bash[CALL_ID]abcdefghi[ARGS]{"command": "ls"}', [ls]],
  ['an unknown tool after a marker', '[TOOL_CALLS]launch[ARGS]{"x": 1}', [call('launch', '{"x": 1}')]],
  ['name and [ARGS]', 'bash[ARGS]{"command": "ls"}', [ls]],
  ['a damaged [ARGS]', 'bash[ARGS{"command": "ls"}', [ls]],
  ['name alone, known', 'bash{"command": "ls"}', [ls]],
  ['name alone, unknown', 'launch{"x": 1}', [text('launch{"x": 1}')]],
  ['two glued', 'bash{"command": "ls"}get_weather{"city": "Rome"}', [ls, call('get_weather', '{"city": "Rome"}')]],
  [
    'a text between three quotes, as the starter model writes files',
    '```json\n{\n  "name": "write_file",\n  "arguments": {\n    "path": "",\n    "content": """\ndef f(x):\n    return {"a": [x]}["a"\n"}"]\n"""\n  }\n}\n```',
    [call('write_file', JSON.stringify({ path: '', content: 'def f(x):\n    return {"a": [x]}["a"\n"}"]\n' }))],
  ],
  ['two with markers', '[TOOL_CALLS]bash[ARGS]{"command": "ls"}[TOOL_CALLS]bash[ARGS]{"command": "ls"}', [ls, ls]],
  [
    'a list after the marker',
    '[TOOL_CALLS] [{"name": "bash", "arguments": {"command": "ls"}, "id": "abcdefghi"}, {"name": "get_weather", "arguments": {"city": "Rome"}}]',
    [call('bash', '{"command":"ls"}'), call('get_weather', '{"city":"Rome"}')],
  ],
  ['a list without a marker', '[{"name": "bash", "arguments": {"command": "ls"}}]', [call('bash', '{"command":"ls"}')]],
  [
    'a fenced object after text',
    'I look.\n```json\n{"name": "bash", "arguments": {"command": "ls"}}\n```\n',
    [text('I look.\n'), call('bash', '{"command":"ls"}')],
  ],
  [
    'an object in tags',
    '<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>',
    [call('bash', '{"command":"ls"}')],
  ],
  ['text before a call', 'I will look. bash[ARGS]{"command": "ls"}', [text('I will look. '), ls]],
  ['text glued to a name', 'Lookingbash[ARGS]{"command": "ls"}', [text('Looking'), ls]],
  ['text after a call', '[TOOL_CALLS]bash[ARGS]{"command": "ls"} and more', [ls, text('and more')]],
  ['raw newlines in arguments', 'bash{"command": "a\nb"}', [call('bash', '{"command": "a\nb"}')]],
  [
    'braces and quotes in arguments',
    'bash[ARGS]{"command": "echo \\"}\\" {"}',
    [call('bash', '{"command": "echo \\"}\\" {"}')],
  ],
  ['arguments cut off', 'get_weather{"', [call('get_weather', '{"')]],
  ['thought', '[THINK]I think.[/THINK]The answer.', [{ type: 'reasoning', text: 'I think.' }, text('The answer.')]],
  ['a lone marker', 'So[TOOL_CALLS] what', [text('So what')]],
  [
    'a fenced object that is no call',
    '```json\n{"name": "Ann", "age": 3}\n```\n',
    [text('```json\n{"name": "Ann", "age": 3}\n```\n')],
  ],
  [
    'a fenced object of an unknown tool',
    '```json\n{"name": "x", "arguments": {}}\n```',
    [text('```json\n{"name": "x", "arguments": {}}\n```')],
  ],
  ['JSON as an answer', '{"name": "Ann", "age": 30}', [text('{"name": "Ann", "age": 30}')]],
  ['a tool name as a word', 'Use bash {here} or bash.', [text('Use bash {here} or bash.')]],
  ['code with a tool name', 'function bash{ ls; }', [text('function bash{ ls; }')]],
  ['markers inside a code fence', '```ts\nconst a = "[ARGS]";\n```\n', [text('```ts\nconst a = "[ARGS]";\n```\n')]],
  ['markers in inline code', 'Write `[TOOL_CALLS]` here.', [text('Write `[TOOL_CALLS]` here.')]],
  ['an opening bracket at the end', 'a list: [', [text('a list: [')]],
];

describe('leaked calls', () => {
  for (const [name, input, expected] of cases) {
    it(name, () => assert.deepEqual(run([input]), expected));
    it(`${name}, character by character`, () => assert.deepEqual(run([...input]), expected));
  }

  it('looks for no call without tools, but strips markers', () => {
    assert.deepEqual(run(['[TOOL_CALLS]bash[ARGS]{"command": "ls"}'], []), [text('bash{"command": "ls"}')]);
    assert.deepEqual(run(['bash{"command": "ls"}'], []), [text('bash{"command": "ls"}')]);
  });

  it('keeps a fence with a longer one around it', () => {
    const answer = '````md\n```\n[ARGS]\n```\n````\n[ARGS]after';
    assert.deepEqual(run([answer], []), [text('````md\n```\n[ARGS]\n```\n````\nafter')]);
  });

  it('gives the same parts however the text is split', () => {
    const fragment = fc.oneof(
      fc.constantFrom(...cases.map(([, input]) => input)),
      fc.constantFrom(
        '[TOOL_CALLS]',
        '[ARGS]',
        '```\n',
        '\n',
        ' ',
        'bash',
        '{"a": 1}',
        '<tool_call>',
        '[THINK]',
        '`',
        '"',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (parts, sizes) => {
          const whole = parts.join('');
          const pieces: string[] = [];
          for (let at = 0; at < whole.length; ) {
            const size = sizes.next().value ?? 1;
            pieces.push(whole.slice(at, at + size));
            at += size;
          }
          assert.deepEqual(run(pieces), run([whole]));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('passes on text without markers or calls unchanged, and all but the last word at once', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ,.\n]{0,12}$/), { maxLength: 20 }), (pieces) => {
        assert.deepEqual(
          run(pieces)
            .map((part) => (part.type === 'text' ? part.text : part.type))
            .join(''),
          pieces.join(''),
        );
      }),
    );
    const filter = createLeakFilter(tools);
    assert.deepEqual(filter.push('Hello there, my fri'), [text('Hello there, my ')]);
  });

  // Reading from the start at each piece would take minutes, far over the time limit of a test.
  it('reads long arguments in linear time', () => {
    const filter = createLeakFilter(tools);
    filter.push('[TOOL_CALLS]write_file[ARGS]{"content": "');
    for (let i = 0; i < 200_000; i++) filter.push('abcd');
    const parts = [...filter.push('"}'), ...filter.end()];
    assert.equal(parts.length, 1);
  });
});
