import type { Conflict } from '../../sidecar/protocol/changes.ts';
import { baseLines, type ReviewFile } from './reviewState.ts';

/** Lines of the right side, from 0, on which the proposal meets what the person edited meanwhile. */
export interface ConflictPlace {
  first: number;
  last: number;
  conflict: Conflict;
}

/**
 * Where conflicts stand on the right side, in their order. A conflict knows its texts only: its lines are looked for at the
 * changes; where the proposal deletes them it is the line at which they stood. Pure.
 */
export function conflictPlaces(file: Pick<ReviewFile, 'change' | 'text' | 'hunks' | 'conflicts'>): ConflictPlace[] {
  const lines = file.text.split(/\r\n|\n|\r/);
  let from = 0;
  return file.conflicts.flatMap((conflict) => {
    const found = conflict.theirs === '' ? deletedAt(file, conflict, from) : runAt(file, lines, conflict, from);
    if (!found) return [];
    from = found.last + 1;
    return [{ ...found, conflict }];
  });
}

type File = Parameters<typeof conflictPlaces>[0];
type Run = Pick<ConflictPlace, 'first' | 'last'>;

/** The proposal's lines, at a change if they stand at one. */
function runAt({ hunks }: File, lines: readonly string[], { theirs }: Conflict, from: number): Run | undefined {
  const wanted = theirs.split('\n');
  const runs: Run[] = [];
  for (let first = from; first + wanted.length <= lines.length; first++) {
    if (wanted.every((line, at) => lines[first + at] === line)) runs.push({ first, last: first + wanted.length - 1 });
  }
  const isChanged = ({ first, last }: Run) =>
    hunks.some((hunk) => hunk.proposedStart <= last && hunk.proposedStart + Math.max(1, hunk.proposedCount) > first);
  return runs.find(isChanged) ?? runs[0];
}

function deletedAt(file: File, { base }: Conflict, from: number): Run | undefined {
  const hunk = file.hunks.find(
    (each) => each.proposedStart >= from && `\n${baseLines(file, each).join('\n')}\n`.includes(`\n${base}\n`),
  );
  return hunk && { first: hunk.proposedStart, last: hunk.proposedStart + Math.max(0, hunk.proposedCount - 1) };
}
