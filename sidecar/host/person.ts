import type * as z from 'zod/mini';
import type { ChangeSet } from '../protocol/changes.ts';
import type { hostPermit, hostReview } from '../protocol/sessions.ts';
import type { Assessment } from '../tools/tool.ts';

/** What a person is asked before a call has its effect. */
export interface PermissionQuestion {
  callId: string;
  title: string;
  assessment: Assessment;
  /** Files with edits that wait for review; they are decided on first, which "Accept all and run" does in one. */
  staged: number;
}

export type PermissionAnswer = z.infer<typeof hostPermit.result>;
export type ReviewAnswer = z.infer<typeof hostReview.result>;

/**
 * Whoever decides: at the editor (`editorPerson.ts`) or in a terminal (`terminalPerson.ts`). Questions never time out; with
 * nobody to ask the answer is no.
 */
export interface Person {
  /** Shows staged edits; what is accepted is written before this resolves. `acceptAll`: they have said so already. */
  review(changeSet: ChangeSet, acceptAll: boolean, signal: AbortSignal): Promise<ReviewAnswer>;
  permit(question: PermissionQuestion, signal: AbortSignal): Promise<PermissionAnswer>;
  /** A question of the model; null where nobody answers. */
  ask(question: string, choices: readonly string[], signal: AbortSignal): Promise<string | null>;
}
