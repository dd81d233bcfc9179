import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rebaseProposal } from '../../sidecar/edits/rebaseProposal.ts';

const base = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';
const proposed = base.replace('one', 'ONE').replace('seven', 'SEVEN');
const rebase = (current: string, text = proposed, ...resolutions: ('mine' | 'theirs' | 'both')[]) =>
  rebaseProposal({ base, current, text, proposed, resolutions });

describe('rebaseProposal', () => {
  it('takes edits elsewhere into both texts; the hunks keep their ids', () => {
    const moved = rebase(base.replace('four', 'four and a half'));
    assert.ok(moved.kind === 'merged');
    assert.equal(moved.text, proposed.replace('four', 'four and a half'));
    assert.equal(moved.proposed, moved.text);
    const before = rebase(base);
    assert.ok(before.kind === 'merged');
    assert.deepEqual(
      moved.hunks.map(({ id }) => id),
      before.hunks.map(({ id }) => id),
    );
  });

  it('keeps a rejected change rejected, and no longer proposes it where the person edited its lines', () => {
    const text = proposed.replace('ONE', 'one');
    const elsewhere = rebase(base.replace('four', '4'), text);
    assert.ok(elsewhere.kind === 'merged');
    assert.deepEqual([elsewhere.hunks.length, elsewhere.proposedHunks.length], [1, 2]);
    const there = rebase(base.replace('one', 'mine'), text);
    assert.ok(there.kind === 'merged');
    assert.deepEqual([there.hunks.length, there.proposedHunks.length], [1, 1]);
    assert.equal(there.text, text.replace('one', 'mine'));
  });

  it('moves nothing where both changed the same lines, before it is said what shall stand', () => {
    const current = base.replace('one', 'mine');
    const met = rebase(current);
    assert.ok(met.kind === 'conflict');
    assert.deepEqual(met.conflicts, [{ startLine: 0, mine: 'mine', base: 'one', theirs: 'ONE' }]);
    const first = (resolution: 'mine' | 'theirs' | 'both') => {
      const settled = rebase(current, proposed, resolution);
      assert.ok(settled.kind === 'merged');
      return [settled.text.split('two')[0], settled.hunks.length, settled.proposedHunks.length];
    };
    assert.deepEqual(first('mine'), ['mine\n', 1, 1]);
    assert.deepEqual(first('theirs'), ['ONE\n', 2, 2]);
    assert.deepEqual(first('both'), ['mine\nONE\n', 2, 2]);
  });

  it("gives the merged text the file's line endings", () => {
    const moved = rebase(base.replace('four', '4').replaceAll('\n', '\r\n'));
    assert.ok(moved.kind === 'merged');
    assert.equal(moved.text, proposed.replace('four', '4').replaceAll('\n', '\r\n'));
  });

  it('law: what is merged with an unchanged right side is the file as it stands', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (from, current) => {
        const moved = rebaseProposal({ base: from, current, text: from, proposed: from, resolutions: [] });
        assert.ok(moved.kind === 'merged');
        assert.equal(moved.text, current);
        assert.deepEqual(moved.hunks, []);
      }),
    );
  });
});
