import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyHunks, computeHunks } from '../../sidecar/edits/hunks.ts';

const line = fc.constantFrom('', 'a', 'b', 'c', '  a', '}', 'é𝒳', '$&');
const text = fc.array(line, { maxLength: 14 }).map((lines) => lines.join('\n'));
const ending = fc.constantFrom('\n', '\r\n');

describe('computeHunks', () => {
  it('counts lines as an editor does, from zero', () => {
    const [hunk, ...others] = computeHunks('a\nb\nc\n', 'a\nB\nc\n');
    assert.equal(others.length, 0);
    assert.deepEqual(
      { ...hunk, id: '' },
      {
        id: '',
        baseStart: 1,
        baseCount: 1,
        proposedStart: 1,
        proposedCount: 1,
        state: 'open',
      },
    );
  });

  it('sees a newline at the end of the file as a line', () => {
    assert.deepEqual(
      computeHunks('a', 'a\n').map((h) => [h.baseStart, h.baseCount, h.proposedStart, h.proposedCount]),
      [[1, 0, 1, 1]],
    );
    assert.deepEqual(
      computeHunks('a\nb\n', 'a\nb').map((h) => [h.baseStart, h.baseCount, h.proposedCount]),
      [[2, 1, 0]],
    );
  });

  it('does not see line endings', () => {
    assert.deepEqual(computeHunks('a\r\nb\r\n', 'a\nb\n'), []);
  });

  it('all kept is the proposal, none kept the base', () => {
    fc.assert(
      fc.property(text, text, ending, (base, proposed, eol) => {
        const from = base.replaceAll('\n', eol);
        const to = proposed.replaceAll('\n', eol);
        assert.equal(
          applyHunks(from, to, () => true),
          to,
        );
        assert.equal(
          applyHunks(from, to, () => false),
          from,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps each hunk apart: what is kept is in no hunk any more, the rest still is', () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }), (base, proposed, choices) => {
        const hunks = computeHunks(base, proposed);
        const kept = new Set(hunks.filter((_h, index) => choices[index]).map((hunk) => hunk.id));
        const partial = applyHunks(base, proposed, (hunk) => kept.has(hunk.id));
        // Line by line: outside of the kept hunks the base, inside the proposal.
        const expected: string[] = [];
        let at = 0;
        for (const hunk of hunks) {
          expected.push(...base.split('\n').slice(at, hunk.baseStart));
          const end = hunk.baseStart + hunk.baseCount;
          expected.push(
            ...(kept.has(hunk.id)
              ? proposed.split('\n').slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount)
              : base.split('\n').slice(hunk.baseStart, end)),
          );
          at = end;
        }
        expected.push(...base.split('\n').slice(at));
        assert.equal(partial, expected.join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('gives every hunk its own id, also where the same lines change twice', () => {
    fc.assert(
      fc.property(text, text, (base, proposed) => {
        const ids = computeHunks(base, proposed).map((hunk) => hunk.id);
        assert.equal(new Set(ids).size, ids.length);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the id of a hunk while other hunks come and go and while the person types inside of it', () => {
    const base = 'x\nsame\ny\nsame\nz\nsame\n';
    const all = computeHunks(base, 'x\n1\ny\n2\nz\n3\n');
    const afterReject = computeHunks(base, 'x\nsame\ny\n2 typed\nz\n3\n');
    assert.deepEqual(
      afterReject.map((hunk) => hunk.id),
      [all[1]?.id, all[2]?.id],
    );
  });

  it('keeps the id when the base moves above it', () => {
    const before = computeHunks('a\nb\nc\n', 'a\nB\nc\n');
    const after = computeHunks('new\na\nb\nc\n', 'new\na\nB\nc\n');
    assert.equal(before[0]?.id, after[0]?.id);
  });

  it('stays quick on a large rewrite', () => {
    const base = Array.from({ length: 30_000 }, (_v, i) => `line ${i}`).join('\n');
    const proposed = Array.from({ length: 30_000 }, (_v, i) => `other ${i}`).join('\n');
    const hunks = computeHunks(base, proposed);
    assert.deepEqual([hunks.length, hunks[0]?.baseCount], [1, 30_000]);
    assert.equal(
      applyHunks(base, proposed, () => true),
      proposed,
    );
  });
});
