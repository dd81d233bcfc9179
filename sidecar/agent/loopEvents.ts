import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import type { Assessment } from '../tools/tool.ts';

/** What a turn tells while it runs: the events that are kept, and what is only shown. */
export type LoopEvent =
  | AgentEvent
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'progress'; progress: TurnProgress }
  /** Output of a call while it comes. */
  | { type: 'output'; callId: string; text: string }
  /** A call waits for the person. */
  | { type: 'asking'; callId: string; assessment: Assessment }
  /** Staged edits wait for the person. */
  | { type: 'reviewing'; changeSet: ChangeSet }
  /** Something to know that changes nothing: another model answers, memory was short. */
  | { type: 'notice'; text: string };

const shownOnly = new Set(['text', 'reasoning', 'progress', 'output', 'asking', 'reviewing', 'notice']);

/** Whether an event belongs into the log. */
export const isKept = (event: LoopEvent): event is AgentEvent => !shownOnly.has(event.type);
