import type { ReviewedFile, TurnUsage } from '../../sidecar/protocol/agentEvents.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import type { WaitingMessage } from '../../sidecar/protocol/sessionEvents.ts';

/** What the panel shows of a session: plain data, made of its events by fold.ts. Times in ms since 1970. */
export interface SessionView {
  turns: readonly Turn[];
  waiting: readonly WaitingMessage[];
  /** The person's name for it, if it was given one. */
  title?: string;
  /** The model or a tool works. */
  running: boolean;
  /** The turn waits for the person to decide on its edits. */
  reviewing: boolean;
  /** What is done now, until there is something of it to show. */
  progress: TurnProgress | null;
  /** Tokens per second of the answer that is being written; 0: none is, or it is not measured yet. */
  speed: number;
  /** Tokens of the last answer with its prompt. Absent: none was counted yet; null: it was condensed since. */
  contextUsed?: number | null;
  /** Index that the next kept event has; those below were folded in already. */
  next: number;
}

/** A prompt and all that came of it. */
export interface Turn {
  /** Index of its first event. */
  index: number;
  at: number;
  /** Absent where the session begins with something else than a prompt. */
  prompt?: string;
  attached: readonly string[];
  model: string;
  steps: readonly Step[];
  /** The newest plan of the model; empty while it made none. */
  todo: readonly TodoItem[];
  usage: TurnUsage;
  /** Index and time of its newest kept event. */
  last: number;
  lastAt: number;
  end?: TurnEnd;
}

export interface TurnEnd {
  index: number;
  reason: 'done' | 'asks' | 'stopped' | 'steps' | 'stuck' | 'failed';
  problem?: ProblemReport;
}

export type Step =
  | Answer
  | Call
  | { kind: 'steer'; text: string; attached: readonly string[] }
  | { kind: 'reviewed'; files: readonly ReviewedFile[] }
  /** Said by us, to the model (`hint`, `note`) or to the person (`notice`). */
  | { kind: 'hint' | 'note' | 'notice'; text: string }
  | { kind: 'condensed'; upTo: number; summary: string };

export interface Answer {
  kind: 'answer';
  text: string;
  reasoning: string;
  /** When the first piece of reasoning came, while it is still being written. */
  reasoningSince?: number;
  /** How long the reasoning took, where that was seen. */
  reasoningMs?: number;
  /** It is being written. */
  open: boolean;
  calls: readonly { id: string; arguments: string }[];
  cut?: 'stopped' | 'length' | 'failed';
}

export interface Call {
  kind: 'call';
  id: string;
  name: string;
  title: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  state: 'running' | 'ok' | 'failed' | 'rejected';
  startedAt: number;
  ms?: number;
  /** The rule that was stored with the permission. */
  rule?: string;
  allowed?: 'once' | 'always';
  /** The end of the output while it comes. */
  output: string;
  /** What the model reads of it. */
  result: string;
  summary: string;
}

export interface TodoItem {
  text: string;
  state: 'open' | 'doing' | 'done';
}

export const emptyView: SessionView = {
  turns: [],
  waiting: [],
  running: false,
  reviewing: false,
  progress: null,
  speed: 0,
  next: 0,
};
