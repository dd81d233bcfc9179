import { isKept, type LoopEvent } from '../agent/loopEvents.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { StagedFiles } from '../workspace/stagedFiles.ts';
import type { SessionLog } from './sessionLog.ts';
import { removeStaged, saveStaged } from './stagedCopy.ts';

interface Kept {
  log: SessionLog;
  /** The overlay; null where edits are applied at once. */
  staged: StagedFiles | null;
  /** The copy of the overlay on disk. */
  stagedPath: string;
  title(): string;
  /** What a review wrote goes into the checkpoint of the turn (`checkpointReview`). */
  checkpoint(event: AgentEvent, events: readonly AgentEvent[]): Promise<void>;
}

/**
 * Passes the events of a turn, or of a review after it, on once they are on disk: whoever reads them sees nothing that a
 * crash could take back. What a call staged is on disk before its result, so that a crash in between loses neither.
 */
export async function* keepTurn(
  events: AsyncGenerator<LoopEvent, unknown>,
  { log, staged, stagedPath, title, checkpoint }: Kept,
): AsyncGenerator<LoopEvent, void> {
  let saved = new Map(staged?.staged());
  for await (const event of events) {
    const answer = log.events.findLastIndex((line) => line.event.type === 'answer');
    if (event.type === 'reviewing') {
      // With the id under which the journal will have it.
      await saveStaged(stagedPath, { answer, ended: null, changeSet: event.changeSet });
    }
    if (event.type === 'callEnd' && staged && !sameTexts(saved, staged.staged())) {
      saved = new Map(staged.staged());
      const changeSet = staged.changeSet(title());
      if (changeSet) await saveStaged(stagedPath, { answer, ended: event, changeSet });
      else await removeStaged(stagedPath);
    }
    if (event.type === 'reviewed')
      await checkpoint(
        event,
        log.events.map((line) => line.event),
      );
    if (isKept(event)) await log.append(event);
    if (event.type === 'reviewed') {
      await removeStaged(stagedPath);
      saved = new Map();
    }
    yield event;
  }
}

function sameTexts(one: ReadonlyMap<string, string | null>, other: ReadonlyMap<string, string | null>): boolean {
  return one.size === other.size && [...one].every(([path, text]) => other.get(path) === text && other.has(path));
}
