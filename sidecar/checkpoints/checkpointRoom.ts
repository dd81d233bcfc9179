import type { CheckpointRoom } from './checkpointStore.ts';
import { mostCheckpointBytes, pruneCheckpoints, pruneTo } from './pruneCheckpoints.ts';

/**
 * The room for all checkpoints below `sessions`. It is looked how much there is only when what was written here since the
 * last look can have passed the bound; what other processes write meanwhile is found at the next look, a tenth later at
 * the most. Writing and pruning take turns: a text that no manifest names yet would be taken for one that none needs.
 */
export function createCheckpointRoom(
  sessions: string,
  most = mostCheckpointBytes,
): CheckpointRoom & { prune(): Promise<void> } {
  const step = most * (1 - pruneTo);
  let untilLook = step;
  let last: Promise<unknown> = Promise.resolve();

  async function look(): Promise<void> {
    const total = await pruneCheckpoints(sessions, most);
    // What must stay may be more than the bound: then the next look can wait, too.
    untilLook = total < most ? Math.min(most - total, step) : step;
  }

  function alone(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  return {
    write: (write) =>
      alone(async () => {
        untilLook -= await write();
        // The checkpoint is written; that others could not be deleted is no fault of the turn.
        if (untilLook < 0) await look().catch(() => undefined);
      }),
    prune: () => alone(look),
  };
}
