import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toLf } from '../../sidecar/edits/lineEndings.ts';
import { replaceOldText } from '../../sidecar/edits/matchOldText.ts';

function replaced(text: string, oldString: string, newString: string): string {
  const result = replaceOldText(text, oldString, newString);
  assert.equal(result.kind, 'replaced', JSON.stringify(result));
  return result.kind === 'replaced' ? result.text : '';
}

const cases: [name: string, text: string, oldString: string, newString: string, result: string][] = [
  ['exact', 'a = 1\nb = 2\n', 'a = 1', 'a = 3', 'a = 3\nb = 2\n'],
  ['dollar signs are no patterns', 'x = y\n', 'x = y', "x = '$&$1$$'", "x = '$&$1$$'\n"],
  ['unicode', 'naïve 𝒳 = "日本"\n', '𝒳 = "日本"', '𝒳 = "ñ"', 'naïve 𝒳 = "ñ"\n'],
  ['deletion of a line', 'a\nb\nc\n', 'b\n', '', 'a\nc\n'],
  ['CRLF file, LF edit', 'a\r\nb\r\nc\r\n', 'a\nb\n', 'a\nB\nnew\n', 'a\r\nB\r\nnew\r\nc\r\n'],
  ['CRLF file, one line becomes two', 'a\r\nb\r\n', 'b', 'b\nc', 'a\r\nb\r\nc\r\n'],
  ['LF file, CRLF edit', 'a\nb\n', 'a\r\nb', 'a\r\nB', 'a\nB\n'],
  ['mixed file keeps its other endings', 'a\r\nb\nc\r\nd\n', 'b\nc', 'b\nC', 'a\r\nb\nC\r\nd\n'],
  ['old text that begins inside of a CRLF', 'a\r\nb\r\n', '\nb', 'b', 'ab\r\n'],
  ['byte order mark in the edit', 'a\nb\n', '\uFEFFa', '\uFEFFA', 'A\nb\n'],
  ['leading newline in both', 'a\nfoo()\n', '\n\nfoo()\n', '\n\nbar()\n', 'a\nbar()\n'],
  ['leading newline in the old text only', 'a\nfoo()\nb\n', '\n\nfoo()', 'bar()', 'a\nbar()\nb\n'],
  [
    'more blank lines in the new text: the rest is wanted',
    'a\nfoo()\nb\n',
    '\n\nfoo()\n',
    '\n\n\nbar()\n',
    'a\n\nbar()\nb\n',
  ],
  ['no final newline', 'a\nfoo()', 'foo()\n', 'bar()\n', 'a\nbar()'],
  [
    'more indentation in the file',
    'class A:\n    def f(self):\n        return 1\n',
    'def f(self):\n    return 1\n',
    'def f(self):\n    return 2\n',
    'class A:\n    def f(self):\n        return 2\n',
  ],
  [
    'less indentation in the file',
    'def f():\n    return 1\n',
    '    def f():\n        return 1',
    '    def f():\n        if x:\n            return 2',
    'def f():\n    if x:\n        return 2\n',
  ],
  [
    'tabs in the file, spaces in the edit',
    'func f() {\n\tif x {\n\t\treturn 1\n\t}\n}\n',
    '    if x {\n        return 1\n    }',
    '    if x {\n        if y {\n            return 2\n        }\n    }',
    'func f() {\n\tif x {\n\t\tif y {\n\t\t\treturn 2\n\t\t}\n\t}\n}\n',
  ],
  [
    'two spaces in the edit, tabs in the file',
    '\t\ta {\n\t\t\tb\n\t\t}\n',
    'a {\n  b\n}',
    'a {\n  c\n}',
    '\t\ta {\n\t\t\tc\n\t\t}\n',
  ],
  [
    'spaces in the file, tabs in the edit',
    'x {\n  y {\n    z\n  }\n}\n',
    '\ty {\n\t\tz\n\t}',
    '\ty {\n\t\tw\n\t}',
    'x {\n  y {\n    w\n  }\n}\n',
  ],
  ['re-indent over a blank line', '  a\n\n  b\n', 'a\n\nb\n', 'a\n\nc\n', '  a\n\n  c\n'],
  ['re-indent without outer blank lines', 'x\n  a\n  b', '\na\nb\n', '\na\nc\n', 'x\n  a\n  c'],
  ['re-indent in a CRLF file', 'x\r\n  a\r\n  b\r\n', 'a\nb\n', 'a\nc\n', 'x\r\n  a\r\n  c\r\n'],
  ['an empty file', '', '', 'a\nb\n', 'a\nb\n'],
];

describe('replaceOldText', () => {
  for (const [name, text, oldString, newString, result] of cases) {
    it(name, () => assert.equal(replaced(text, oldString, newString), result));
  }

  it('never guesses between two places, on any rung', () => {
    assert.deepEqual(replaceOldText('a\nb\na\n', 'a', 'c'), { kind: 'ambiguous', count: 2 });
    assert.deepEqual(replaceOldText('aaa', 'aa', 'b'), { kind: 'ambiguous', count: 2 });
    assert.deepEqual(replaceOldText('a\r\nb\r\na\r\nb\r\n', 'a\nb', 'c'), { kind: 'ambiguous', count: 2 });
    assert.deepEqual(replaceOldText('x\n  a\n  b\ny\n    a\n    b\n', 'a\nb', 'c'), { kind: 'ambiguous', count: 2 });
  });

  it('does not look inside of a line for an old text that was whole lines', () => {
    assert.equal(replaceOldText('seafood = 1\n', '\nfood\n', '\nbar\n').kind, 'notFound');
  });

  it('refuses a shift that not every new line can take', () => {
    assert.equal(replaceOldText('a\n  b\n', '    a\n      b', 'x\n      b').kind, 'notFound');
    assert.equal(replaceOldText('  a\n   b\n', 'a\nb', 'a\nc').kind, 'notFound');
  });

  it('says that an edit without an effect is none', () => {
    assert.deepEqual(replaceOldText('a\n', 'a', 'a'), { kind: 'noop' });
    assert.deepEqual(replaceOldText('a\r\nb', 'a\nb', 'a\r\nb'), { kind: 'noop' });
  });

  it('shows the nearest real lines after a miss', () => {
    const text =
      'import os\n\ndef total(items):\n    return sum(item.price for item in items)\n\ndef other():\n    pass\n';
    const result = replaceOldText(text, 'def total(items):\n    return sum(i.price for i in items)\n', 'x');
    assert.deepEqual(result, {
      kind: 'notFound',
      nearest: { startLine: 2, text: 'def total(items):\n    return sum(item.price for item in items)' },
    });
    assert.deepEqual(replaceOldText(text, 'nothing_like_it', 'x'), { kind: 'notFound', nearest: null });
    assert.deepEqual(replaceOldText(text, '', 'x'), { kind: 'notFound', nearest: null });
  });

  it('is byte for byte the text before outside of what it replaced', () => {
    const line = fc.constantFrom('a', 'b', '  a', '\tb', '', '$1', 'é');
    const raw = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        raw,
        fc.nat(7),
        fc.integer({ min: 1, max: 3 }),
        fc.array(line, { maxLength: 3 }),
        (lines, from, count, fresh) => {
          const text = lines.map(([content, eol]) => content + eol).join('');
          const wanted = lines
            .slice(from, from + count)
            .map(([content]) => content)
            .join('\n');
          const newString = fresh.join('\n');
          const result = replaceOldText(text, wanted, newString);
          if (result.kind !== 'replaced') return;
          const tail = text.slice(result.at.end);
          assert.ok(result.text.startsWith(text.slice(0, result.at.start)) && result.text.endsWith(tail));
          const span = result.text.slice(result.at.start, result.text.length - tail.length);
          if (toLf(text).includes(wanted)) assert.equal(toLf(span), newString);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('replaces a unique line wherever it stands', () => {
    const body = fc.array(fc.constantFrom('a', '  b', '', 'c'), { maxLength: 20 });
    fc.assert(
      fc.property(body, body, fc.constantFrom('\n', '\r\n'), fc.string(), (before, after, eol, fresh) => {
        const text = [...before, 'UNIQUE', ...after].join(eol);
        const newString = `${toLf(fresh)}!`;
        assert.equal(
          replaced(text, 'UNIQUE', newString),
          [...before, newString.replaceAll('\n', near(text, eol)), ...after].join(eol),
        );
      }),
    );
  });
});

// A text without any line ending gives no hint.
function near(text: string, eol: string): string {
  return text.includes('\n') ? eol : '\n';
}
