import * as z from 'zod/mini';

/** A session in a list. `interrupted`: its process ended in the middle of a turn. `waits`: staged edits wait for a review. */
export const SessionSummary = z.object({
  id: z.string(),
  /** The person's name for it, else the first line of the first message; empty before that. */
  title: z.string(),
  startedAt: z.number(),
  /** Of the newest event. Milliseconds since 1970, as all times here. */
  changedAt: z.number(),
  /** Messages of the person. */
  messages: z.number(),
  state: z.enum(['new', 'running', 'interrupted', 'waits', 'done', 'asks', 'stopped', 'steps', 'stuck', 'failed']),
  /** Another process has it open. */
  openElsewhere: z.boolean(),
  /** The same for all branches of a conversation, which come from editing its messages; absent where there is only one. */
  family: z.optional(z.string()),
});
export type SessionSummary = z.infer<typeof SessionSummary>;
