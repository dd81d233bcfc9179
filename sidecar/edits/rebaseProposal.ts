import type * as z from 'zod/mini';
import type { changesRebase, Resolution } from '../protocol/changes.ts';
import { computeHunks } from './hunks.ts';
import { restoreLineEndings } from './lineEndings.ts';
import { mergeTexts } from './threeWayMerge.ts';

/**
 * Moves a review from `base` to `current`, what the person made of the file meanwhile. A proposed change that they rejected
 * and whose lines they then edited themselves is no longer proposed.
 */
export function rebaseProposal({
  base,
  current,
  text,
  proposed,
  resolutions,
}: z.infer<typeof changesRebase.params>): z.infer<typeof changesRebase.result> {
  const right = mergeTexts(base, current, text, resolutions);
  if (right.kind === 'conflict') return { kind: 'conflict', conflicts: right.conflicts };
  const inEndings = (merged: string) => restoreLineEndings(current, merged, current.includes('\r\n') ? '\r\n' : '\n');
  const moved = inEndings(right.text);
  const movedProposal = inEndings(mergedWith(resolutions, base, current, proposed));
  return {
    kind: 'merged',
    text: moved,
    hunks: computeHunks(current, moved),
    proposed: movedProposal,
    proposedHunks: computeHunks(current, movedProposal),
  };
}

/** With the person's answers where they are all about this text, else with their lines. */
function mergedWith(resolutions: readonly Resolution[], base: string, current: string, proposed: string): string {
  const plain = mergeTexts(base, current, proposed);
  if (plain.kind === 'merged') return plain.text;
  const mine = plain.conflicts.map((): Resolution => 'mine');
  const settled = mergeTexts(base, current, proposed, resolutions.length === mine.length ? resolutions : mine);
  return settled.kind === 'merged' ? settled.text : current;
}
