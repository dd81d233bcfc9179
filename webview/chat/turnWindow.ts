import type { Turn } from './view.ts';

/** How much of a session is drawn, counted from its end. */
interface Extent {
  leastTurns: number;
  mostTurns: number;
  /** Steps, after which no further turn is drawn. */
  steps: number;
}

/** What can be seen at once: it is drawn before all else. */
const inSight: Extent = { leastTurns: 1, mostTurns: 12, steps: 12 };
/** What is there to scroll to, and for a screen reader to read on in. */
const around: Extent = { leastTurns: 4, mostTurns: 50, steps: 120 };
/** Steps that are drawn in one frame. */
const perFrame: Extent = { leastTurns: 1, mostTurns: 8, steps: 8 };

/** Index (`Turn.index`) of the first turn that is drawn at once when a session opens: it is read from its end. Pure. */
export const firstInSight = (turns: readonly Turn[]) => firstWithin(turns, inSight);

/** Index of the first turn that is drawn in the frames after that. */
export const firstAround = (turns: readonly Turn[]) => firstWithin(turns, around);

/** Index of the first turn that is drawn in the next frame, on the way from the turn `shown` back to the turn `wanted`. */
export function nextShown(turns: readonly Turn[], shown: number, wanted: number): number {
  return Math.max(
    wanted,
    firstWithin(
      turns.slice(
        0,
        turns.findIndex(({ index }) => index >= shown),
      ),
      perFrame,
      wanted,
    ),
  );
}

/** Index of the turn that stands `count` turns before the turn `shown`, or of the first. */
export function turnsBefore(turns: readonly Turn[], shown: number, count: number): number {
  const at = turns.findIndex(({ index }) => index >= shown);
  return turns[Math.max(0, at - count)]?.index ?? 0;
}

function firstWithin(turns: readonly Turn[], { leastTurns, mostTurns, steps }: Extent, empty = 0): number {
  let drawn = 0;
  for (let count = 1; count <= turns.length; count++) {
    const turn = turns[turns.length - count];
    drawn += turn?.steps.length ?? 0;
    if (count === mostTurns || (count >= leastTurns && drawn > steps)) return turn?.index ?? empty;
  }
  return turns[0]?.index ?? empty;
}
