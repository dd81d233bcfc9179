import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { mergeTexts } from '../../sidecar/edits/threeWayMerge.ts';

const text = fc.array(fc.constantFrom('', 'a', 'b', 'c', '}', 'x'), { maxLength: 10 }).map((lines) => lines.join('\n'));

/** Edits of numbered lines: no line is there twice, so there is one way only to align them. */
const edits = (tag: string) =>
  fc.array(fc.tuple(fc.nat(11), fc.constantFrom('change', 'remove', 'insert')), { maxLength: 4 }).map((list) => {
    const lines = new Map(Array.from({ length: 12 }, (_v, i): [number, string[]] => [i, [`line ${i}`]]));
    for (const [at, kind] of list) {
      if (kind === 'change') lines.set(at, [`${tag} ${at}`]);
      else if (kind === 'remove') lines.set(at, []);
      else lines.set(at, [...(lines.get(at) ?? []), `${tag} new ${at}`]);
    }
    return `${[...lines.values()].flat().join('\n')}\n`;
  });
const numbered = `${Array.from({ length: 12 }, (_v, i) => `line ${i}`).join('\n')}\n`;

describe('mergeTexts', () => {
  it('is the other side where one side changed nothing', () => {
    fc.assert(
      fc.property(text, text, (base, other) => {
        assert.deepEqual(mergeTexts(base, base, other), { kind: 'merged', text: other, mineLines: [] });
        const mine = mergeTexts(base, other, base);
        assert.equal(mine.kind === 'merged' && mine.text, other);
        const same = mergeTexts(base, other, other);
        assert.equal(same.kind === 'merged' && same.text, other);
      }),
      { numRuns: 500 },
    );
  });

  it('never loses a line that the person added', () => {
    fc.assert(
      fc.property(text, text, fc.nat(10), (base, proposed, at) => {
        const lines = base.split('\n');
        lines.splice(at % (lines.length + 1), 0, 'MINE');
        const merged = mergeTexts(base, lines.join('\n'), proposed);
        if (merged.kind === 'merged') {
          const where = merged.text.split('\n').indexOf('MINE');
          assert.notEqual(where, -1);
          assert.ok(merged.mineLines.includes(where));
        } else {
          assert.ok(merged.conflicts.some((conflict) => conflict.mine.split('\n').includes('MINE')));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('decides as git does', function () {
    this.timeout(30_000);
    const folder = mkdtempSync(join(tmpdir(), 'devstral-merge-'));
    if (spawnSync('git', ['--version']).status !== 0) this.skip();
    try {
      fc.assert(
        fc.property(edits('mine'), edits('theirs'), (mine, theirs) => {
          const files = { mine, base: numbered, theirs };
          for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
          const git = spawnSync('git', ['merge-file', '-p', 'mine', 'base', 'theirs'], {
            cwd: folder,
            encoding: 'utf8',
          });
          const ours = mergeTexts(numbered, mine, theirs);
          assert.equal(ours.kind, git.status === 0 ? 'merged' : 'conflict');
          if (ours.kind === 'merged') assert.equal(ours.text, git.stdout);
        }),
        { numRuns: 120 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says which lines were touched by both', () => {
    const merged = mergeTexts('a\nb\nc\nd\ne\n', 'new\na\nB mine\nc\nd\ne\n', 'a\nB theirs\nc\nd\nE\n');
    assert.deepEqual(merged, {
      kind: 'conflict',
      conflicts: [{ startLine: 2, mine: 'B mine', base: 'b', theirs: 'B theirs' }],
      total: 2,
    });
  });

  it('names the lines of the person in the merged text', () => {
    const merged = mergeTexts('a\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE mine\n', 'a\nnew\nb\nc\nd\ne\n');
    assert.deepEqual(merged, { kind: 'merged', text: 'a\nnew\nb\nc\nd\nE mine\n', mineLines: [5] });
  });

  it('ignores line endings', () => {
    const merged = mergeTexts('a\r\nb\r\nc\r\n', 'a\nb\nC\n', 'A\r\nb\r\nc\r\n');
    assert.equal(merged.kind === 'merged' && merged.text, 'A\nb\nC\n');
  });

  it('stays quick where both rewrote a large file', () => {
    const side = (tag: string) => Array.from({ length: 20_000 }, (_v, i) => (i % 3 ? '' : `${tag} ${i}`)).join('\n');
    assert.equal(mergeTexts(side('base'), side('mine'), side('theirs')).kind, 'conflict');
  });
});

describe('settled conflicts', () => {
  const base = 'a\nb\nc\nd\ne\n';
  const mine = 'a\nMINE\nc\nd\nMINE2\n';
  const theirs = 'a\nTHEIRS\nc\nd\nTHEIRS2\n';

  it('takes mine, theirs or both, in order', () => {
    const text = (resolutions: ('mine' | 'theirs' | 'both')[]) => {
      const merged = mergeTexts(base, mine, theirs, resolutions);
      return merged.kind === 'merged' ? merged.text : merged.conflicts.length;
    };
    assert.equal(text([]), 2);
    assert.equal(text(['mine']), 1);
    assert.equal(text(['mine', 'theirs']), 'a\nMINE\nc\nd\nTHEIRS2\n');
    assert.equal(text(['both', 'mine']), 'a\nMINE\nTHEIRS\nc\nd\nMINE2\n');
  });
});
