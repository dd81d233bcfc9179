import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeEndings, keepFinalNewlines, restoreLineEndings, toLf } from '../../sidecar/edits/lineEndings.ts';

const line = fc.constantFrom('', 'a', 'b', 'c', '  x');
const ending = fc.constantFrom('\n', '\r\n', '\r');
const raw = fc
  .array(fc.tuple(line, ending), { maxLength: 12 })
  .chain((pairs) => line.map((last) => pairs.map(([text, eol]) => text + eol).join('') + last));
const lf = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

describe('line endings', () => {
  it('describes them', () => {
    assert.deepEqual(describeEndings('a\r\nb\r\nc\n'), { eol: '\r\n', mixed: true });
    assert.deepEqual(describeEndings('a\r\nb'), { eol: '\r\n', mixed: false });
    assert.deepEqual(describeEndings('a\nb\n'), { eol: '\n', mixed: false });
    assert.deepEqual(describeEndings('a\rb'), { eol: '\n', mixed: true });
    assert.deepEqual(describeEndings(''), { eol: '\n', mixed: false });
  });

  it('restores an unchanged text byte for byte', () => {
    fc.assert(
      fc.property(raw, (base) => assert.equal(restoreLineEndings(base, toLf(base)), base)),
      { numRuns: 500 },
    );
  });

  it('changes endings only', () => {
    fc.assert(
      fc.property(raw, lf, (base, proposed) => assert.equal(toLf(restoreLineEndings(base, proposed)), proposed)),
      { numRuns: 500 },
    );
  });

  it('gives new lines the ending of a uniform file', () => {
    fc.assert(
      fc.property(lf, lf, (base, proposed) => {
        fc.pre(base.includes('\n'));
        assert.equal(restoreLineEndings(base.replaceAll('\n', '\r\n'), proposed), proposed.replaceAll('\n', '\r\n'));
      }),
    );
  });

  it('keeps the bytes of lines around a change in a mixed file', () => {
    assert.equal(restoreLineEndings('a\r\nb\nc\r\nd\n', 'a\nB\nnew\nc\nd\n'), 'a\r\nB\nnew\nc\r\nd\n');
    assert.equal(restoreLineEndings('a\r\nb\nc', 'a\nb\nc\nd'), 'a\r\nb\nc\nd');
    assert.equal(restoreLineEndings('a\nb\r\nc', 'a\nb\nc\nd\n'), 'a\nb\r\nc\r\nd\r\n');
  });

  it('takes the given ending where the base has none', () => {
    assert.equal(restoreLineEndings('a', 'a\nb', '\r\n'), 'a\r\nb');
    assert.equal(restoreLineEndings('', 'a\nb\n'), 'a\nb\n');
  });

  it('ends a rewritten file as the base ends', () => {
    assert.equal(keepFinalNewlines('a\n', 'b'), 'b\n');
    assert.equal(keepFinalNewlines('a', 'b\n'), 'b');
    assert.equal(keepFinalNewlines('a\r\n\r\n', 'b\n'), 'b\n\n');
    assert.equal(keepFinalNewlines('', 'b'), 'b');
  });
});
