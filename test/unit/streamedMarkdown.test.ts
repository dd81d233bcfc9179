import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CodePiece, highlight } from '../../webview/markdown/highlight.ts';
import { advance, type Block, emptyText, parseWhole } from '../../webview/markdown/parser.ts';

/** What a block is drawn from. */
function shape(blocks: readonly Block[]): unknown[] {
  return blocks.map(({ tokens }) =>
    tokens.map(({ type, tag, content, info, hidden, nesting, children }) => [
      ...[type, tag, content, info, hidden, nesting],
      children?.map((child) => [child.type, child.content, child.attrs]),
    ]),
  );
}

const lines = fc.constantFrom(
  ...[
    '',
    'text',
    'more *emphasis* and `code`',
    '# Heading',
    '- item',
    '  nested',
    '1. one',
    '2. two',
    '> quote',
    '---',
  ],
  ...[
    '```python',
    '```',
    '    indented',
    '~~~',
    '| a | b |',
    '|---|---|',
    '| 1 | 2 |',
    '- [x] done',
    '====',
    '<b>html</b>',
  ],
  ...['* other list', '   three spaces', '\ttab', '```` four', 'https://example.com/x', '\\* escaped', '1', '-', '--'],
);
const answers = fc.array(lines, { maxLength: 25 }).map((all) => all.join('\n'));

describe('streamed markdown', () => {
  it('ends as if it had come at once, wherever it was cut', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat({ max: 12 }), { maxLength: 60 }), (answer, cuts) => {
        let text = emptyText;
        let at = 0;
        for (const cut of cuts) {
          at = Math.min(answer.length, at + cut);
          text = advance(text, answer.slice(0, at));
        }
        text = advance(text, answer);
        assert.deepEqual(shape([...text.settled, ...text.open]), shape(parseWhole(answer)));
        assert.equal(
          text.settled.map(({ source }) => source).join(''),
          answer.slice(0, text.settledLength),
          'lengths add up',
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps settled blocks as the same objects', () => {
    const first = advance(emptyText, 'One.\n\nTwo.\n\nThree.\n');
    const second = advance(first, 'One.\n\nTwo.\n\nThree.\n\nFour.\n');
    assert.equal(first.settled.length, 2);
    assert.equal(second.settled[0], first.settled[0]);
    assert.equal(second.settled[1], first.settled[1]);
  });

  it('finds link references that stand after their use once the answer is complete', () => {
    const blocks = parseWhole('See [the docs][d].\n\n[d]: https://example.com/\n');
    assert.ok(blocks[0]?.tokens[1]?.children?.some(({ type }) => type === 'link_open'));
  });
});

describe('code colours', () => {
  const textOf = (pieces: readonly CodePiece[]): string =>
    pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.pieces))).join('');

  it('leaves every character of the code where it was', () => {
    const samples = {
      python: 'def add(a, b):\n    """Sum <b>&amp;</b>"""\n    return a + b  # "x"\n',
      typescript: 'const f = <T,>(x: T): string => `a $' + '{x} b`;\n',
      xml: '<style>a{color:red}</style><script>let x = 1 < 2;</script>',
      unknown: 'anything <at> all\n',
    };
    for (const [language, code] of Object.entries(samples))
      assert.equal(textOf(highlight(code, language)), code, language);
  });

  it('names what it knows and leaves an unknown language plain', () => {
    assert.deepEqual(highlight('return', 'python'), [{ scope: 'keyword', pieces: ['return'] }]);
    assert.deepEqual(highlight('return', 'klingon'), ['return']);
  });
});
