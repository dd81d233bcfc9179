import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  accept,
  asProposed,
  baseLines,
  changeCount,
  hunkAt,
  hunkOnRight,
  openCount,
  outcomeOf,
  proposalAt,
  type ReviewFile,
  rejectedCount,
  rejectedHunks,
  reviewFile,
  withProposal,
  withText,
} from '../../extension/edits/reviewState.ts';
import { applyHunks, computeHunks } from '../../sidecar/edits/hunks.ts';
import { decodedText } from '../../sidecar/workspace/fileText.ts';

const base = 'one\ntwo\nthree\nfour\nfive\nsix\n';
const proposed = 'ONE\ntwo\nthree\nFOUR\nfive\nSIX\n';

function fileOf(before: string, after: string, operation: 'edit' | 'create' | 'delete' = 'edit'): ReviewFile {
  const revision = operation === 'create' ? ({ kind: 'absent' } as const) : ({ kind: 'disk', sha256: 'x' } as const);
  return reviewFile({
    uri: 'file:///a.py',
    operation,
    base: decodedText(before, revision),
    hunks: computeHunks(before, after),
    proposedText: after,
  });
}

/** The right side after somebody wrote `text` there. */
const written = (file: ReviewFile, text: string) => withText(file, text, computeHunks(file.change.base.text, text));
const states = (file: ReviewFile) => file.hunks.map((hunk) => hunk.state);

describe('reviewState', () => {
  it('starts open, and open counts as accepted', () => {
    const file = fileOf(base, proposed);
    assert.deepEqual(states(file), ['open', 'open', 'open']);
    const outcome = outcomeOf(file);
    assert.deepEqual(
      [outcome?.finalText, outcome?.accepted, outcome?.rejected, outcome?.changedByPerson],
      [proposed, 3, 0, false],
    );
  });

  it('keeps the state of the others when one is taken back, and opens it again when it returns', () => {
    const file = fileOf(base, proposed);
    const second = accept(file, file.hunks[1]?.id);
    const without = written(second, 'one\ntwo\nthree\nFOUR\nfive\nSIX\n');
    assert.deepEqual(states(without), ['accepted', 'open']);
    assert.equal(rejectedCount(without), 1);
    assert.equal(outcomeOf(without)?.rejected, 1);
    const again = written(without, proposed);
    assert.deepEqual(states(again), ['open', 'accepted', 'open']);
    assert.equal(openCount(again), 2);
  });

  it('counts a hunk that was typed in as accepted and changed, not as rejected', () => {
    const file = fileOf(base, proposed);
    const typed = written(file, 'ONE!\ntwo\nthree\nFOUR\nfive\nSIX\n');
    assert.deepEqual(states(typed), ['accepted', 'open', 'open']);
    assert.equal(outcomeOf(typed)?.changedByPerson, true);
    // The line above is drawn into the hunk: its base lines, and so its id, are others now.
    const grown = written(file, 'ONE\ntwo\nTHREE\nFOUR\nfive\nSIX\n');
    assert.deepEqual([states(grown), rejectedCount(grown)], [['open', 'accepted', 'open'], 0]);
    assert.equal(outcomeOf(grown)?.finalText, 'ONE\ntwo\nTHREE\nFOUR\nfive\nSIX\n');
  });

  it('finds the hunk at a line, else the next open one, else the first open one', () => {
    const file = fileOf(base, proposed);
    const at = (line: number, from: ReviewFile = file) => hunkAt(from, line, 'review')?.proposedStart;
    assert.deepEqual(
      [-1, 0, 1, 3, 4, 5, 6].map((line) => at(line)),
      [0, 0, 3, 3, 5, 5, 0],
    );
    const first = accept(file, file.hunks[0]?.id);
    assert.deepEqual(
      [-1, 0, 6].map((line) => at(line, first)),
      [3, 0, 3],
      'one that is decided only at the cursor',
    );
    assert.equal(at(6, accept(file)), 0);
    const inserted = fileOf('a\nb\n', 'a\nnew\nnew\nb\n');
    assert.equal(hunkAt(inserted, 2, 'review')?.proposedStart, 1);
    assert.equal(hunkAt(inserted, 1, 'base')?.baseStart, 1);
    assert.equal(hunkAt(fileOf(base, base), 0, 'review'), undefined);
  });

  it('has no outcome for a file with nothing left, whatever was to be done with it', () => {
    assert.equal(outcomeOf(written(fileOf(base, proposed), base)), null);
    const created = fileOf('', 'x\n', 'create');
    assert.equal(outcomeOf(created)?.operation, 'create');
    assert.equal(outcomeOf(written(created, '')), null, 'a new file whose lines were rejected is not made');
    const removed = fileOf('x\n', '', 'delete');
    assert.equal(outcomeOf(removed)?.operation, 'delete');
    assert.equal(outcomeOf(written(removed, 'x\n')), null);
  });

  it('makes a new file that was proposed empty, unless it was dropped', () => {
    const empty = fileOf('', '', 'create');
    assert.deepEqual([outcomeOf(empty)?.finalText, outcomeOf(empty)?.accepted, changeCount(empty)], ['', 1, 1]);
    const dropped = { ...empty, dropped: true };
    assert.deepEqual([outcomeOf(dropped), changeCount(dropped)], [null, 0]);
    assert.notEqual(outcomeOf(accept(dropped)), null);
  });

  it('gives the lines of the base for each kind of line ending', () => {
    const file = fileOf('a\r\nb\rc\nd', 'a\r\nX\rc\nd');
    assert.deepEqual(
      file.hunks.map((hunk) => baseLines(file, hunk)),
      [['b']],
    );
  });

  const line = fc.constantFrom('', 'a', 'b', 'c', '  a', '}');
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

  it('law: what is written back hunk by hunk ends at the base, with nothing to write', () => {
    fc.assert(
      fc.property(text, text, fc.infiniteStream(fc.nat()), (before, after, numbers) => {
        let file = fileOf(before, after);
        for (const number of numbers) {
          if (file.hunks.length === 0) break;
          const gone = file.hunks[number % file.hunks.length];
          assert.ok(gone);
          const lines = file.text.split('\n');
          lines.splice(gone.proposedStart, gone.proposedCount, ...baseLines(file, gone));
          const left = file.hunks.length;
          file = written(file, lines.join('\n'));
          assert.ok(file.hunks.length < left, 'one hunk less');
        }
        assert.equal(file.text, before);
        assert.equal(outcomeOf(file), null);
        assert.equal(rejectedCount(file), file.change.hunks.length);
      }),
      { numRuns: 300 },
    );
  });

  it('law: typing in no hunk leaves every state as it was; each hunk is open, accepted or gone', () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.boolean()), (before, after, kept) => {
        let file = fileOf(before, after);
        file = file.hunks.reduce((now, hunk, index) => (kept[index] ? accept(now, hunk.id) : now), file);
        const keep = new Set(file.hunks.filter((_hunk, index) => kept[index]).map((hunk) => hunk.id));
        const next = written(
          file,
          applyHunks(before, after, (hunk) => keep.has(hunk.id)),
        );
        const known = next.hunks.filter((hunk) => keep.has(hunk.id));
        assert.ok(known.every((hunk) => hunk.state === 'accepted'));
        assert.equal(openCount(next), 0);
        assert.equal(outcomeOf(next)?.accepted ?? 0, next.hunks.length);
      }),
      { numRuns: 300 },
    );
  });

  it('says where a rejected change would stand on the right, and brings it back from there', () => {
    const file = written(fileOf(base, proposed), 'zero\none\ntwo\nthree\nfour\nfive\nSIX\n');
    const [first, second] = rejectedHunks(file);
    assert.deepEqual([first?.proposedStart, second], [3, undefined]);
    const at = hunkOnRight(file, first?.id ?? '');
    assert.deepEqual([at?.proposedStart, at?.proposedCount, at?.state], [4, 1, 'rejected']);
    const back = proposalAt(file, at ?? assert.fail());
    assert.deepEqual([back.text, back.ids], [file.text.replace('four', 'FOUR'), [first?.id]]);
  });

  it('law: with every change on the right brought back, rejected or typed in, it is the proposal, all open', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(text, text, text, (from, to, right) => {
        const join = (lines: string[]) => lines.map((line) => `${line}\n`).join('');
        let file = written(fileOf(join(from), join(to)), join(right));
        for (let steps = 0; steps < 40; steps++) {
          const hunk = [...rejectedHunks(file), ...file.hunks.filter((each) => each.state === 'accepted')][0];
          if (!hunk) break;
          const back = proposalAt(file, hunk);
          const hunks = computeHunks(file.change.base.text, back.text);
          file = withProposal(file, back.text, hunks, back.ids) ?? asProposed(file);
        }
        assert.equal(file.text, join(to));
        assert.ok(states(file).every((state) => state === 'open'));
      }),
    );
  });
});
