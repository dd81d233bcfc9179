import assert from 'node:assert/strict';
import fc from 'fast-check';
import { surroundings } from '../../sidecar/edits/surroundings.ts';

const lines = Array.from({ length: 20 }, (_unused, index) => `line ${index}`.padEnd(9));

describe('lines around a part of a file', () => {
  it('are all of it if there is room', () => {
    const found = surroundings(lines, 5, 2, 1000);
    assert.deepEqual([...found.before, ...lines.slice(5, 7), ...found.after], lines);
  });

  it('are the nearest, more before than after, and what one side does not need goes to the other', () => {
    const middle = surroundings(lines, 10, 1, 80);
    assert.deepEqual([middle.before, middle.after], [lines.slice(4, 10), lines.slice(11, 13)]);
    const start = surroundings(lines, 1, 1, 80);
    assert.deepEqual([start.before, start.after], [lines.slice(0, 1), lines.slice(2, 9)]);
    const end = surroundings(lines, 18, 1, 80);
    assert.deepEqual([end.before, end.after], [lines.slice(11, 18), lines.slice(19)]);
  });

  it('never take more than there is room', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(40), fc.nat(5), fc.nat(300), (all, start, count, chars) => {
        const { before, after } = surroundings(all, start, count, chars);
        const used = [...before, ...after].reduce((sum, line) => sum + line.length + 1, 0);
        assert.ok(used <= chars);
        assert.deepEqual(all.slice(0, start).slice(all.slice(0, start).length - before.length), before);
        assert.deepEqual(all.slice(start + count, start + count + after.length), after);
      }),
    );
  });
});
