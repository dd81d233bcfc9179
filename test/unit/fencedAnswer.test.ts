import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createAnswerMeter, fenceFor, parseAnswer } from '../../sidecar/edits/fencedAnswer.ts';
import { readInfo } from '../../sidecar/edits/fenceInfo.ts';

const codeLine = fc.oneof(
  fc.constantFrom('', 'x = 1', '```', '```js', '````', '`````md', '~~~', '    ```', '=======', '# a', 'the end', '   '),
  fc.string().map((text) => text.replace(/[\r\n]/g, '')),
);
const isMarker = (line: string) => /^\s{0,3}[<-]{5}/.test(line);
const code = fc.array(codeLine, { maxLength: 12 }).map((lines) => lines.filter((line) => !isMarker(line)).join('\n'));

describe('parseAnswer', () => {
  it('gives back any text in the fence that is made for it', () => {
    fc.assert(
      fc.property(code, fc.boolean(), (text, around) => {
        const fence = fenceFor(text);
        const answer = `${around ? 'Here it is:\n\n' : ''}${fence}python\n${text}\n${fence}${around ? '\nDone.' : ''}`;
        const parsed = parseAnswer(answer);
        assert.deepEqual(parsed.files, [{ path: null, language: 'python', text, closed: true }]);
        assert.equal(parsed.prose, around ? 'Here it is:\n\nDone.' : '');
      }),
      { numRuns: 500 },
    );
  });

  it('does not count the newline before the closing fence', () => {
    assert.equal(parseAnswer('```\na\n```').files[0]?.text, 'a');
    assert.equal(parseAnswer('```\na\n\n```').files[0]?.text, 'a\n');
    assert.equal(parseAnswer('```\r\na\r\nb\r\n```\r\n').files[0]?.text, 'a\nb');
  });

  it('marks a block that the answer ends in', () => {
    assert.deepEqual(parseAnswer('```python\nx = 1\ny =').files, [
      { path: null, language: 'python', text: 'x = 1\ny =', closed: false },
    ]);
    assert.deepEqual(
      parseAnswer('````md\n```js\nx\n```\n').files.map((file) => file.closed),
      [false],
    );
  });

  it('closes only on as many backticks, alone', () => {
    const answer = '````python\n"""\n```\nexample\n```\n"""\n```` not yet\n`````\nrest';
    const parsed = parseAnswer(answer);
    assert.equal(parsed.files[0]?.text, '"""\n```\nexample\n```\n"""\n```` not yet');
    assert.equal(parsed.prose, 'rest');
  });

  it('reads markdown whose own blocks are in a fence as long as its own', () => {
    const parsed = parseAnswer('```markdown\n# Title\n```sh\nnpm ci\n```\nend\n```\n');
    assert.deepEqual(parsed.files, [
      { path: null, language: 'markdown', text: '# Title\n```sh\nnpm ci\n```\nend', closed: true },
    ]);
  });

  it('takes the indentation of a list item off', () => {
    assert.equal(parseAnswer('1. Do:\n   ```py\n   if x:\n       y\n   ```').files[0]?.text, 'if x:\n    y');
  });

  it('keeps further files apart by their paths', () => {
    const answer = '```python\na\n```\n\n### `src/b.py`:\n```python\nb\n```\n\n```src/c.py\nc\n```';
    assert.deepEqual(
      parseAnswer(answer).files.map(({ path, text }) => [path, text]),
      [
        [null, 'a'],
        ['src/b.py', 'b'],
        ['src/c.py', 'c'],
      ],
    );
  });

  it('reads edits between markers: whole lines, in a fence or bare, with a path line before', () => {
    const edit = '<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE';
    const wanted = { path: null, oldString: 'a = 1\n', newString: 'a = 2\n' };
    assert.deepEqual(parseAnswer(`Text.\n\n\`\`\`python\n${edit}\n\`\`\`\nMore.`), {
      files: [],
      edits: [wanted],
      prose: 'Text.\n\nMore.',
    });
    assert.deepEqual(parseAnswer(`${edit}\n\n${edit}`).edits, [wanted, wanted]);
    assert.deepEqual(parseAnswer(`src/a.py\n${edit}`).edits, [{ ...wanted, path: 'src/a.py' }]);
    assert.deepEqual(
      parseAnswer(`\`\`\`\nsrc/a.py\n${edit}\n${edit}\n\`\`\``).edits.map((e) => e.path),
      ['src/a.py', 'src/a.py'],
    );
    assert.deepEqual(parseAnswer(`\`\`\`src/a.py\n${edit}\n\`\`\``).edits[0]?.path, 'src/a.py');
  });

  it('reads edits of text that holds fences, and deletions', () => {
    const answer = '```md\n<<<<<<< SEARCH\n```\nold\n```\n=======\n>>>>>>> REPLACE\n```';
    assert.deepEqual(parseAnswer(answer).edits, [{ path: null, oldString: '```\nold\n```\n', newString: '' }]);
  });

  it('keeps the whole edits of an answer that was cut, and never makes a file of the rest', () => {
    const edit = '<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE';
    const parsed = parseAnswer(`\`\`\`python\n${edit}\n<<<<<<< SEARCH\nc\n=======\nd`);
    assert.deepEqual(parsed.edits, [{ path: null, oldString: 'a\n', newString: 'b\n' }]);
    assert.deepEqual(parsed.files, []);
    assert.deepEqual(parseAnswer('```python\n<<<<<<< SEARCH\nc\n===').files, []);
  });

  const json: [name: string, answer: string][] = [
    ['an object', '```json\n{"file_path": "a.py", "old_string": "x", "new_string": "y"}\n```'],
    ['an array', '```json\n[{"path": "a.py", "old_str": "x", "new_str": "y"}]\n```'],
    ['a list of edits', '```json\n{"path": "a.py", "edits": [{"old_string": "x", "new_string": "y"}]}\n```'],
    [
      'a tool call',
      '```json\n{"name": "edit", "arguments": {"file_path": "a.py", "old_string": "x", "new_string": "y"}}\n```',
    ],
    [
      'arguments as text',
      '```\n{"arguments": "{\\"path\\": \\"a.py\\", \\"old_str\\": \\"x\\", \\"new_str\\": \\"y\\"}"}\n```',
    ],
    ['no fence', '{"file_path": "a.py", "old_string": "x", "new_string": "y"}'],
  ];
  for (const [name, answer] of json) {
    it(`reads edits in JSON: ${name}`, () => {
      assert.deepEqual(parseAnswer(answer), {
        files: [],
        edits: [{ path: 'a.py', oldString: 'x', newString: 'y' }],
        prose: '',
      });
    });
  }

  it('accepts real newlines in JSON strings, leaves cut JSON out, and lets JSON be a file', () => {
    assert.deepEqual(parseAnswer('```json\n{"old_string": "a\n\tb", "new_string": "c"}\n```').edits, [
      { path: null, oldString: 'a\n\tb', newString: 'c' },
    ]);
    assert.deepEqual(parseAnswer('```json\n{"old_string": "a", "new_str').files, []);
    assert.equal(parseAnswer('```json\n{"name": "x"}\n```').files.length, 1);
    assert.equal(parseAnswer('```test.json\n{"old_string": "a", "new_string": "b"}\n```').files.length, 1);
  });

  it('never throws and keeps all text of an answer without blocks', () => {
    fc.assert(
      fc.property(fc.string(), (answer) => void parseAnswer(answer)),
      { numRuns: 300 },
    );
    assert.deepEqual(parseAnswer('Nothing to fix.\n'), { files: [], edits: [], prose: 'Nothing to fix.' });
  });
});

describe('readInfo', () => {
  const table: [info: string, path: string | null, language: string | null][] = [
    ['', null, null],
    ['python', null, 'python'],
    ['c++', null, 'c++'],
    ['c#', null, 'c#'],
    ['asp.net', null, 'asp.net'],
    ['src/a.py', 'src/a.py', null],
    ['a.py', 'a.py', null],
    ['.env', '.env', null],
    ['Makefile', 'Makefile', null],
    ['python src/a.py', 'src/a.py', 'python'],
    ['python:src/a.py', 'src/a.py', 'python'],
    ['path=src/a.py', 'src/a.py', null],
    ['ts path="my dir/a.ts"', 'my dir/a.ts', 'ts'],
    ['ts {title="src/a.ts"}', 'src/a.ts', 'ts'],
    ['title="src/a.ts"', 'src/a.ts', null],
    ['"my file.py"', 'my file.py', null],
    ['C:\\src\\a.py', 'C:\\src\\a.py', null],
    ['js {1,3-5}', null, 'js'],
    ['python copy', null, 'python'],
  ];
  for (const [info, path, language] of table) {
    it(`${JSON.stringify(info)}`, () => assert.deepEqual(readInfo(info), { path, language }));
  }
});

describe('createAnswerMeter', () => {
  const answer = 'I fix it.\n```python\na\nb\nc\n```\n';
  it('counts the lines of a file, however the pieces fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (sizes) => {
        const meter = createAnswerMeter();
        let last = meter.feed('');
        for (let at = 0, i = 0; at < answer.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          last = meter.feed(answer.slice(at, at + size));
          at += size;
        }
        assert.deepEqual(last, { lines: 3, form: 'file', changes: 0 });
      }),
    );
  });

  it('tells text, a file and edits apart', () => {
    const meter = createAnswerMeter();
    assert.deepEqual(meter.feed('I fix'), { lines: 1, form: 'text', changes: 0 });
    assert.deepEqual(meter.feed(' it.\n```py\nx'), { lines: 1, form: 'file', changes: 0 });
    const edits = createAnswerMeter();
    assert.equal(edits.feed('```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n<<<<<<< SEARCH\n').changes, 2);
    assert.deepEqual(createAnswerMeter().feed('```json\n{"old_string":\n'), { lines: 1, form: 'edits', changes: 1 });
  });
});
