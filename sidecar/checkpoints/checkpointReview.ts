import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { Journal } from '../workspace/journal.ts';
import type { Checkpoints } from './checkpointStore.ts';
import { touchedByApply } from './touchedFile.ts';

/** The number of the turn that runs, or ran last: the index of its message in the log. */
export const turnNumber = (events: readonly AgentEvent[]): number =>
  Math.max(
    0,
    events.findLastIndex(({ type }) => type === 'user'),
  );

/**
 * Puts what a review wrote into the checkpoint of its turn. To be done before the event is logged, and again if it is
 * logged after a crash; it is the same twice. Throws where it cannot be written.
 */
export async function checkpointReview(
  event: AgentEvent,
  events: readonly AgentEvent[],
  checkpoints: Pick<Checkpoints, 'touch'>,
  journal: Pick<Journal, 'read'>,
): Promise<void> {
  if (event.type !== 'reviewed' || event.applyId === undefined) return;
  const entry = await journal.read(event.applyId);
  if (entry) await checkpoints.touch(turnNumber(events), touchedByApply(entry));
}
