import { reviewText } from '../agent/reviewText.ts';
import { toLf } from '../edits/lineEndings.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ChangeSet, FileOutcome } from '../protocol/changes.ts';
import type { JournalEntry } from '../workspace/journal.ts';
import type { StagedCopy } from './stagedCopy.ts';
import { openCalls, turnState } from './turnState.ts';

export interface Mended {
  /** What the log lacks of what happened. */
  events: AgentEvent[];
  /** Edits that still wait for a review. */
  staged: ChangeSet | null;
}

const interrupted =
  'Interrupted: the program ended while this ran. It may have had its effect; look before you do it again.';

/**
 * What follows for a log from how its process ended: results that were staged but not yet written down, a review that
 * was applied but not yet written down (`applied`: its entry in the journal), calls that ran. Pure.
 */
export function mendSession(
  log: readonly AgentEvent[],
  copy: StagedCopy | null,
  applied: JournalEntry | null,
  nameOf: (uri: string) => string,
): Mended {
  const events: AgentEvent[] = [];
  const all = () => [...log, ...events];
  let staged = copy?.changeSet ?? null;
  const answer = log.findLastIndex(({ type }) => type === 'answer');
  const { ended } = copy ?? {};
  if (ended?.type === 'callEnd' && copy?.answer === answer) {
    if (openCalls(log).some(({ call }) => call.id === ended.callId)) events.push(ended);
  }
  if (staged && log.some((event) => event.type === 'reviewed' && event.changeSetId === staged?.id)) staged = null;
  if (staged && applied) {
    events.push(reviewedEvent(staged, applied, nameOf));
    staged = null;
  }
  for (const { call, begun } of openCalls(all())) {
    if (!begun) continue;
    events.push({ type: 'callEnd', callId: call.id, ok: false, text: interrupted, summary: 'interrupted', ms: 0 });
  }
  events.push(...afterLastAnswer(all()));
  return { events, staged };
}

/** The turn is over if the model had nothing more to call; an answer that was cut off is gone on with. */
function afterLastAnswer(events: readonly AgentEvent[]): AgentEvent[] {
  const last = events.findLast(({ type }) => !['titled', 'reviewed', 'note', 'pruned', 'condensed'].includes(type));
  if (last?.type !== 'answer' || last.calls.length > 0 || turnState(events) !== 'open') return [];
  if (last.cut === 'length') return [{ type: 'hint', text: 'The answer was cut off. Go on exactly where it stopped.' }];
  return [{ type: 'end', reason: last.cut === undefined ? 'done' : 'stopped' }];
}

/** The review as the journal has it: what stands in each file, and how many of its changes that is. */
function reviewedEvent(
  changeSet: ChangeSet,
  { intent, outcome }: JournalEntry,
  nameOf: (uri: string) => string,
): AgentEvent {
  const texts = new Map(outcome.kind === 'committed' ? outcome.files.map(({ uri, text }) => [uri, text]) : []);
  const files = changeSet.files.map(({ uri, operation, base, hunks, proposedText }): FileOutcome => {
    const text = texts.get(uri);
    const all = text !== undefined && toLf(text) === toLf(proposedText);
    const none = text === undefined || (!all && toLf(text) === toLf(base.text));
    // An empty file that is made has no lines, and is a change all the same.
    const changes = Math.max(1, hunks.length);
    return {
      uri,
      operation,
      base,
      finalText: text ?? base.text,
      accepted: none ? 0 : changes,
      rejected: none ? changes : 0,
      changedByPerson: !all && !none,
    };
  });
  const textsAfter = [...texts].map(([uri, text]) => ({ uri, text }));
  return {
    type: 'reviewed',
    changeSetId: changeSet.id,
    applyId: intent.applyId,
    files: files.map(({ uri, operation, accepted, rejected, changedByPerson }) => {
      return { path: nameOf(uri), operation, accepted, rejected, changedByPerson };
    }),
    told: reviewText({ changeSet, files, textsAfter, nameOf }),
  };
}
