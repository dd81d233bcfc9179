import assert from 'node:assert/strict';
import { conflictPlaces } from '../../extension/edits/conflictLines.ts';
import { computeHunks } from '../../sidecar/edits/hunks.ts';
import { rebaseProposal } from '../../sidecar/edits/rebaseProposal.ts';

/** Places of the conflicts between what the person made of a text and what stands on the right. */
function places(base: string, current: string, text: string): string[] {
  const merged = rebaseProposal({ base, current, text, proposed: text, resolutions: [] });
  assert.ok(merged.kind === 'conflict');
  const revision = { kind: 'disk' as const, sha256: '' };
  const change = {
    ...{ uri: 'file:///a', operation: 'edit' as const, hunks: [], proposedText: text },
    base: { text: base, encoding: 'utf8', bom: false, eol: 'lf', revision } as never,
  };
  const hunks = computeHunks(base, text);
  return conflictPlaces({ change, text, hunks, conflicts: merged.conflicts }).map(
    ({ first, last, conflict }) => `${first}-${last} ${conflict.mine}`,
  );
}

describe('conflicts on the right side of a review', () => {
  it('stand at the changes that they are about, also where the same lines stand elsewhere', () => {
    const base = 'x\ny\n\na\nb\nc\n\na\nd\n';
    const mine = 'x\ny\n\na\nB of mine\nc\n\na\nd of mine\n';
    const text = 'new\nx\ny\n\na\nx\ny\nc\n\na\nD\n';
    assert.deepEqual(places(base, mine, text), ['5-6 B of mine', '10-10 d of mine']);
  });

  it('stand where the proposal deletes lines that the person edited', () => {
    assert.deepEqual(places('a\nb\nc\nd\n', 'a\nb\nmine\nd\n', 'a\nb\nd\n'), ['2-2 mine']);
  });

  it('are found whatever the line endings', () => {
    assert.deepEqual(places('a\r\nb\r\n', 'a\r\nmine\r\n', 'a\r\ntheirs\r\n'), ['1-1 mine']);
  });
});
