import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  firstDifference,
  lastNewLine,
  linesOf,
  linesOnTheRight,
  linesText,
  placeholderText,
  touches,
  withLines,
} from '../../extension/edits/inlineLines.ts';
import { computeHunks } from '../../sidecar/edits/hunks.ts';

const span = (from: number, to: number, character = 1) => ({ start: { line: from }, end: { line: to, character } });

describe('lines of an inline edit', () => {
  it('are whole lines, without one that the selection only reaches', () => {
    assert.deepEqual(linesOf(span(3, 3, 0)), { start: 3, count: 1 });
    assert.deepEqual(linesOf(span(3, 5)), { start: 3, count: 3 });
    assert.deepEqual(linesOf(span(3, 5, 0)), { start: 3, count: 2 });
  });

  it('are named as people count', () => {
    assert.equal(linesText({ start: 11, count: 19 }), 'lines 12 to 30');
    assert.equal(linesText({ start: 11, count: 1 }), 'line 12');
    assert.equal(placeholderText(0), 'Describe the change');
    assert.match(placeholderText(1), /fix the problem here$/);
    assert.match(placeholderText(2), /fix the 2 problems here$/);
  });

  it('know their problems', () => {
    const lines = { start: 3, count: 2 };
    assert.deepEqual(
      [span(2, 2), span(2, 3), span(4, 4), span(5, 5), span(0, 9)].map((each) => touches(lines, each)),
      [false, true, true, false, true],
    );
  });

  it('are found again in the proposal', () => {
    const base = Array.from({ length: 10 }, (_unused, index) => `line ${index}`);
    const at = (text: string[]) =>
      linesOnTheRight({ start: 3, count: 2 }, computeHunks(base.join('\n'), text.join('\n')));
    assert.deepEqual(at(base), { start: 3, count: 2 });
    assert.deepEqual(at([...base.slice(0, 3), 'a', 'b', 'c', ...base.slice(5)]), { start: 3, count: 3 });
    assert.deepEqual(at(['new', ...base]), { start: 4, count: 2 });
    assert.deepEqual(at([...base.slice(0, 9), 'last']), { start: 3, count: 2 });
    assert.deepEqual(at([...base.slice(0, 3), ...base.slice(5)]), { start: 3, count: 1 });
    assert.deepEqual(at([...base.slice(0, 5), 'after', ...base.slice(5)]), { start: 3, count: 3 });
  });

  it('go into the text in its own line ending', () => {
    assert.equal(withLines('a\r\nb\r\nc\r\n', { start: 1, count: 1 }, 'x\ny'), 'a\r\nx\r\ny\r\nc\r\n');
    assert.equal(firstDifference('a\nb\nc', 'a\nb\nx'), 2);
    assert.equal(firstDifference('a\nb', 'a\nb\nc'), 2);
  });

  it('end where the new text ends, also where the person wrote something above', () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd');
    const base = ['one', 'two', 'three', 'four', 'five'];
    const cursor = (proposed: string[], written: string[]) =>
      lastNewLine(proposed.join('\n'), computeHunks(base.join('\n'), proposed.join('\n')), written.join('\n'));
    const proposed = ['one', 'TWO', 'more', 'three', 'four', 'five'];
    assert.equal(cursor(proposed, proposed), 2);
    assert.equal(cursor(proposed, ['zero', 'zero', ...proposed]), 4);
    assert.equal(cursor(['one', 'four', 'five'], ['one', 'four', 'five']), 0);
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (from, to) => {
        const hunks = computeHunks(from.join('\n'), to.join('\n'));
        const at = lastNewLine(to.join('\n'), hunks, to.join('\n'));
        const last = hunks.at(-1);
        if (last && last.proposedCount > 0) assert.equal(at, last.proposedStart + last.proposedCount - 1);
      }),
    );
  });
});
