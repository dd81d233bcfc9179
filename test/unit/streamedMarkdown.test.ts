import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import MarkdownIt, { type Token } from 'markdown-it';
import { type CodePiece, highlight } from '../../webview/markdown/highlight.ts';
import { isClosed } from '../../webview/markdown/openFence.ts';
import { type Block, type BlockReader, createBlockReader } from '../../webview/markdown/parser.ts';

/** What a block is drawn from. */
function shape(tokens: readonly Token[]): unknown[] {
  return tokens.map((token) => {
    const { type, tag, content, info, hidden, nesting, children } = token;
    return [
      ...[type, tag, content, info, hidden, nesting, type === 'fence' && isClosed(token)],
      children?.map((child) => [child.type, child.content, child.attrs]),
    ];
  });
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
  ...[
    '[d]: https://example.com/d',
    '[the docs][d]',
    '[d]',
    '[e]: <u',
    '"title"',
    '> [e]: /e',
    '    ```',
    '`````',
    '  ```js',
  ],
  ...['* other list', '   three spaces', '\ttab', '```` four', 'https://example.com/x', '\\* escaped', '1', '-', '--'],
);
const answers = fc.array(lines, { maxLength: 25 }).map((all) => all.join('\n'));

/** All of an answer at once, by the parser that knows nothing of pieces. */
function wholeTokens(source: string): Token[] {
  const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });
  const env = {};
  // The first pass only collects the references.
  markdown.parse(source, env);
  return markdown.parse(source, env);
}

/** Reads to each of the lengths and then to the end; once more with all references, as the panel does. */
function readInPieces(answer: string, lengths: readonly number[]): Block[] {
  const pass = (reader: BlockReader) => {
    const blocks = lengths.flatMap((length) => reader.read(answer.slice(0, length)));
    return [...blocks, ...reader.read(answer), ...reader.open()];
  };
  const first = createBlockReader();
  const blocks = pass(first);
  const references = first.references();
  return Object.keys(references).length > 0 ? pass(createBlockReader(references)) : blocks;
}

const lengthsOf = (answer: string, cuts: readonly number[]) => {
  let at = 0;
  return cuts.map((cut) => {
    at = Math.min(answer.length, at + cut);
    return at;
  });
};

describe('streamed markdown', () => {
  it('ends as if it had come at once, wherever it was cut', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat({ max: 12 }), { maxLength: 60 }), (answer, cuts) => {
        const blocks = readInPieces(answer, lengthsOf(answer, cuts));
        assert.deepEqual(shape(blocks.flatMap(({ tokens }) => tokens)), shape(wholeTokens(answer)));
        const source = blocks.map((block) => block.source).join('');
        assert.equal(answer.slice(0, source.length), source, 'nothing is lost or told twice');
        // What names an address draws nothing, and at the end it may be in no block.
        assert.deepEqual(wholeTokens(answer.slice(source.length)), []);
      }),
      { numRuns: 1000, examples: [['```\n`````\n[d]: https://example.com/d', [4]]] },
    );
  });

  it('reads hostile answers as if they had come at once', () => {
    const corpus: { text: string }[] = JSON.parse(readFileSync('test/fixtures/hostileMarkdown.json', 'utf8'));
    for (const { text } of corpus.filter((each) => each.text.length < 20_000)) {
      const answer = text.replace(/\r\n?/g, '\n');
      for (const size of [1, 7, 64]) {
        if (answer.length / size > 2000) continue;
        const lengths = Array.from({ length: Math.ceil(answer.length / size) }, (_, n) => (n + 1) * size);
        const read = readInPieces(answer, lengths).flatMap(({ tokens }) => tokens);
        assert.deepEqual(shape(read), shape(wholeTokens(answer)), `${size}: ${text.slice(0, 80)}`);
      }
    }
  });

  it('settles each block once, when another has begun', () => {
    const reader = createBlockReader();
    const sources = (blocks: readonly Block[]) => blocks.map(({ source }) => source);
    assert.deepEqual(sources(reader.read('One.\n\nTwo.\n\nThree.\n')), ['One.\n\n', 'Two.\n\n']);
    assert.deepEqual(sources(reader.read('One.\n\nTwo.\n\nThree.\n\nFour.\n')), ['Three.\n\n']);
    assert.deepEqual(sources(reader.open()), ['Four.\n']);
  });

  it('takes blocks that go on for very long in parts that do not depend on how they came', () => {
    const long = {
      list: '- an *item*\n  with two lines\n'.repeat(900),
      numbered: Array.from({ length: 2000 }, (_, n) => `${n + 1}. step ${n}\n`).join(''),
      paragraph: 'some words and `code` '.repeat(1200),
      lines: 'a line of text\n'.repeat(1600),
      quote: '> said\n'.repeat(3500),
      table: `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(2500)}\nafter\n`,
      code: `\`\`\`js\n${'let x = 1;\n'.repeat(2500)}\`\`\`\nafter\n`,
      nested: `- code\n  \`\`\`\n${'  let x = 1;\n'.repeat(2000)}  \`\`\`\n`,
    };
    for (const [name, answer] of Object.entries(long)) {
      const atOnce = readInPieces(answer, []);
      const sizes = [4999, 33_333];
      for (const size of sizes) {
        const lengths = Array.from({ length: Math.ceil(answer.length / size) }, (_, n) => (n + 1) * size);
        const pieces = readInPieces(answer, lengths);
        assert.deepEqual(
          pieces.map(({ tokens }) => shape(tokens)),
          atOnce.map(({ tokens }) => shape(tokens)),
          `${name} by ${size}`,
        );
      }
      const longest = Math.max(...atOnce.map(({ source }) => source.length));
      if (name !== 'code' && name !== 'nested') assert.ok(longest <= 20_000, `${name}: ${longest}`);
      const text = (tokens: readonly Token[]): string =>
        tokens.map(({ content, children }) => (children ? text(children) : content)).join('');
      const said = (tokens: readonly Token[]) => text(tokens).replace(/\s+/g, '');
      const parts = atOnce.flatMap(({ tokens }) => tokens);
      // The head of a table stands over each of its parts.
      const heads = atOnce.length - 2;
      assert.equal(said(parts).length, said(wholeTokens(answer)).length + (name === 'table' ? heads * 2 : 0), name);
    }
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
