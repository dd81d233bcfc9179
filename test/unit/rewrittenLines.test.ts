import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitLines, wholeChanges, withRest } from '../../sidecar/edits/rewrittenLines.ts';

const method = ['    def mean(self):', '        total = sum(self.values)', '        return total / self.count'];
const place = {
  before: ['class Stats:', '    """Numbers."""', ''],
  range: method,
  after: ['', '    def median(self):', '        return sorted(self.values)[0]'],
};
const guarded = [method[0] ?? '', '        if not self.values:', '            return 0', ...method.slice(1)];
const dedented = (lines: readonly string[]) => lines.map((line) => line.replace(/^ {4}/, ''));

describe('the lines of an answer as they fit into the file', () => {
  it('are taken as they are where they fit', () => {
    assert.deepEqual(fitLines(guarded, place, true), guarded);
  });

  it('are moved in where the model began in the first column', () => {
    assert.deepEqual(fitLines(dedented(guarded), place, true), guarded);
    const tabbed = { before: [], range: ['\tx()'], after: [] };
    assert.deepEqual(fitLines(['if a {', '\tx()', '}'], tabbed, true), ['\tif a {', '\t\tx()', '\t}']);
  });

  it('are not moved where code was put into a block or taken out of one', () => {
    const wrapped = ['    try:', '        x()'];
    assert.deepEqual(fitLines(wrapped, { before: [], range: ['    x()'], after: [] }, true), wrapped);
    const range = ['if a:', '    x()'];
    assert.deepEqual(fitLines(['x()'], { before: [], range, after: [] }, true), ['x()']);
  });

  it('lose the context that the answer repeats, also while it comes', () => {
    const whole = [...place.before, ...guarded, ...place.after];
    assert.deepEqual(fitLines(whole, place, true), guarded);
    assert.deepEqual(fitLines(whole.slice(0, 2), place, false), []);
    assert.deepEqual(fitLines(whole.slice(0, 5), place, false), guarded.slice(0, 2));
  });

  it('keep what is in the range as well as around it', () => {
    const twice = { before: ['import sys', 'import os'], range: ['import os', 'x = 1'], after: ['x = 1', 'print(x)'] };
    assert.deepEqual(fitLines(['import os', 'y = 1', 'x = 1'], twice, true), ['import os', 'y = 1', 'x = 1']);
  });

  it('keep a closing brace that also follows the range', () => {
    const braces = { before: ['class A {'], range: ['  a() {', '    b();', '  }'], after: ['}', '}'] };
    const answer = ['  a() {', '    c();', '  }', '}'];
    assert.deepEqual(fitLines(answer, braces, true), answer);
  });

  it('stand between the blank lines of the range', () => {
    const blank = { before: [], range: ['', 'a = 1', '', ''], after: ['b = 2'] };
    assert.deepEqual(fitLines(['', '', 'a = 3', ''], blank, true), ['', 'a = 3', '', '']);
  });
});

describe('an answer that is being written', () => {
  const range = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5'];

  it('is shown before the lines that it has not come to', () => {
    assert.deepEqual(withRest(range, []), range);
    assert.deepEqual(withRest(range, ['one = 1']), range);
    assert.deepEqual(withRest(range, ['one = 1', 'two = 22']), ['one = 1', 'two = 22', ...range.slice(1)]);
    assert.deepEqual(withRest(range, ['one = 1', 'two = 22', 'three = 3']), ['one = 1', 'two = 22', ...range.slice(2)]);
    assert.deepEqual(withRest(range, ['one = 1', 'new = 0', 'newer = 0', 'two = 2']), [
      'one = 1',
      'new = 0',
      'newer = 0',
      ...range.slice(1),
    ]);
  });

  it('keeps only changes that an old line follows when it is stopped', () => {
    assert.deepEqual(wholeChanges(range, ['one = 1', 'two = 22']), range);
    assert.deepEqual(wholeChanges(range, ['one = 11', 'two = 2', 'three = 33']), ['one = 11', ...range.slice(1)]);
  });

  it('does not take a line further down for the next one', () => {
    const old = [
      'def a():',
      '    x = load()',
      '    if x:',
      '        y = load()',
      '        return None',
      '    return None',
    ];
    assert.deepEqual(wholeChanges(old, ['def a():', '    return None']), old);
    assert.deepEqual(withRest(old, ['def a():', '    return None']), ['def a():', '    return None', ...old.slice(1)]);
    // Two that follow each other are believed: the lines between were taken out.
    assert.deepEqual(wholeChanges(old, ['def a():', '        return None', '    return None']), [
      'def a():',
      '        return None',
      '    return None',
    ]);
  });

  it('does not take a brace for the end of what was not written yet', () => {
    const old = ['function old() {', '  work();', '}'];
    assert.deepEqual(wholeChanges(old, ['function fresh() {', '  other();', '}']), old);
  });

  it('shows what was written and never loses a line for good', () => {
    const line = fc.constantFrom('alpha = 1', 'beta = 22', '}', '', 'gamma()', '  alpha = 1');
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (old, written) => {
        const shown = withRest(old, written);
        assert.deepEqual(shown.slice(0, written.length), written);
        const tail = shown.slice(written.length);
        assert.deepEqual(tail, tail.length === 0 ? [] : old.slice(-tail.length));
        const kept = wholeChanges(old, written);
        assert.equal(kept.length - shown.length <= 0, true);
        assert.deepEqual(wholeChanges(old, []), old);
        assert.deepEqual(wholeChanges(old, old), old);
      }),
    );
  });
});
