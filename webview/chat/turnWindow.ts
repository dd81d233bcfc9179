import type { Turn } from './view.ts';

/** Turns that are drawn at least; a screen reader reads on in them. */
const leastTurns = 4;
const mostTurns = 50;
/** Steps that are drawn at first, together. */
const mostSteps = 120;

/** The first turn that is drawn when a session opens: it is read from its end, so what is long ago can wait. Pure. */
export function firstShown(turns: readonly Turn[]): number {
  let steps = 0;
  for (let shown = 1; shown <= turns.length; shown++) {
    steps += turns[turns.length - shown]?.steps.length ?? 0;
    if (shown === mostTurns || (shown >= leastTurns && steps > mostSteps)) return turns.length - shown;
  }
  return 0;
}
