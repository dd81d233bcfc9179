import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Token } from 'node-llama-cpp';
import { createDraftSource } from '../../sidecar/models/backends/local/draftSource.ts';

interface Written {
  tokens: number[];
  steps: number;
  drafted: number;
  accepted: number;
}

/** Writes an answer the way the engine does: proposals are kept as far as they are right, then comes a token of its own. */
function write(answer: readonly number[], draft: readonly number[], most = 7): Written {
  const source = createDraftSource(draft as Token[]);
  const result: Written = { tokens: [], steps: 0, drafted: 0, accepted: 0 };
  while (result.tokens.length < answer.length) {
    const proposed = source.propose(most);
    assert.ok(proposed.length <= most);
    result.steps++;
    result.drafted += proposed.length;
    for (const guess of [...proposed, -1]) {
      const own = answer[result.tokens.length];
      if (own === undefined) break;
      result.tokens.push(own);
      source.note(own as Token);
      if (own !== guess) break;
      result.accepted++;
    }
  }
  return result;
}

const text = Array.from({ length: 200 }, (_, n) => 1000 + n);
const replaced = (from: number, count: number, ...by: number[]) => text.toSpliced(from, count, ...by);

describe('draft source', () => {
  it('writes a copy in a few steps, from its first token on', () => {
    const { tokens, steps, drafted, accepted } = write(text, text);
    assert.deepEqual(tokens, text);
    assert.ok(steps <= 1 + Math.ceil(199 / 8), String(steps));
    assert.equal(accepted, drafted);
  });

  it('waits for the copy to begin', () => {
    const prose = Array.from({ length: 60 }, (_, n) => n % 17);
    const { steps } = write([...prose, ...text], text);
    assert.ok(steps <= prose.length + 1 + Math.ceil(199 / 8), String(steps));
  });

  it('proposes nothing in prose', () => {
    assert.equal(write([5, 6, 7, 1001, 8, 1002, 9, 5, 6, 7, 1150, 3], text).drafted, 0);
  });

  it('goes on after a token that stands for another, one too many, one left out and a changed line', () => {
    const changes = {
      substitution: replaced(90, 1, 1),
      insertion: replaced(90, 0, 1),
      omission: replaced(90, 1),
      'seven left out': replaced(90, 7),
      'a new line': replaced(90, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    };
    for (const [name, answer] of Object.entries(changes)) {
      const { steps } = write(answer, text);
      const own = answer.filter((token) => token < 1000).length;
      assert.ok(steps <= 1 + Math.ceil(199 / 8) + own + 4, `${name}: ${steps}`);
    }
  });

  it('goes on at the nearest later place when the same tokens stand in several', () => {
    const line = [1, 2, 3, 4];
    const draft = [10, 11, 12, ...line, 20, 21, 22, ...line, 30, 31, 32, ...line, 40, 41, 42];
    // The first line is changed; the second is followed by what follows it in the draft.
    const source = createDraftSource(draft as Token[]);
    for (const token of [10, 11, 12, 90, 91, 92, 93, 20, 21, 22, 1, 2, 3]) source.note(token as Token);
    assert.deepEqual(source.propose(3), [4, 30, 31]);
  });

  it('finds an earlier place again, as a replacement repeats what was searched for', () => {
    const { drafted, accepted } = write([...text.slice(50, 80), 1, 2, 3, ...text.slice(50, 80), 4, 5], text);
    assert.ok(accepted >= 40, `${accepted} of ${drafted}`);
  });

  it('survives an empty draft and drafts of one or two tokens', () => {
    for (const draft of [[], [1], [1, 2]])
      assert.deepEqual(write([1, 2, 1, 1, 2, 3], draft).tokens, [1, 2, 1, 1, 2, 3]);
  });

  it('never changes what is written, and never costs more steps than one a token', () => {
    const tokens = fc.array(fc.nat({ max: 5 }), { maxLength: 60 });
    const edited = fc
      .tuple(tokens, fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 6 }), tokens), { maxLength: 4 }))
      .map(([draft, edits]) => ({
        draft,
        answer: edits.reduce((answer, [from, count, by]) => answer.toSpliced(from, count, ...by), draft),
      }));
    const pairs = fc.oneof(edited, fc.record({ draft: tokens, answer: tokens }));
    fc.assert(
      fc.property(pairs, fc.integer({ min: 0, max: 16 }), ({ draft, answer }, most) => {
        const written = write(answer, draft, most);
        assert.deepEqual(written.tokens, answer);
        assert.ok(written.steps + written.accepted >= answer.length && written.steps <= answer.length);
      }),
      { numRuns: 500 },
    );
  });
});
