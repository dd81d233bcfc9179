import * as z from 'zod/mini';
import { AgentEvent } from './agentEvents.ts';
import { ProblemReport } from './problemReport.ts';
import { TurnProgress } from './progress.ts';

/** What a person is asked about one call, and what "always" would store. */
export const Asked = z.object({
  callId: z.string(),
  /** One line, as on the card of the call: "Run npm test". */
  title: z.string(),
  risk: z.enum(['low', 'medium', 'high']),
  /** The exact thing: the whole command, the path, the address. */
  what: z.string(),
  /** Folder or host, where it matters. */
  where: z.optional(z.string()),
  /** Why it has this risk, a line each. */
  reasons: z.array(z.string()),
  /** The rule that "Always" would store; absent where nothing may be allowed for ever. */
  rule: z.optional(z.string()),
  /** Files with edits that wait for review; they are decided on first, which "Accept all and run" does in one. */
  staged: z.number(),
});
export type Asked = z.infer<typeof Asked>;

/** A message that waits: `steer` is taken at the next step of the turn, `queue` begins a turn of its own. */
export const WaitingMessage = z.object({ id: z.string(), kind: z.enum(['steer', 'queue']), text: z.string() });
export type WaitingMessage = z.infer<typeof WaitingMessage>;

/**
 * A message that was asked in several ways: its index among the events (where it is not sent yet, the one that it will
 * have), and for each way the session that goes it.
 */
export const BranchPoint = z.object({ event: z.number(), current: z.number(), sessions: z.array(z.string()) });
export type BranchPoint = z.infer<typeof BranchPoint>;

/** What is told of a session while it is watched, and kept nowhere. */
export const ShownEvent = z.discriminatedUnion('type', [
  /** Pieces of the answer that is being written; the `answer` event brings all of it once more. */
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({ type: z.literal('progress'), progress: TurnProgress }),
  /** Output of a call while it comes. */
  z.object({ type: z.literal('output'), callId: z.string(), text: z.string() }),
  /** Something to know that changes nothing: another model answers, memory was short. */
  z.object({ type: z.literal('notice'), text: z.string() }),
  /** The model is done or waits: its edits are before the person. The next event of the turn ends it. */
  z.object({ type: z.literal('reviewing') }),
  /** The turn ended without an `end`, for its record cannot be written. */
  z.object({ type: z.literal('broken'), problem: ProblemReport }),
  /** All messages that wait, whenever one is added, taken or removed. */
  z.object({ type: z.literal('waiting'), messages: z.array(WaitingMessage) }),
]);
export type ShownEvent = z.infer<typeof ShownEvent>;

/** An event of a session as it travels. A kept one has its index in the log and its time (ms since 1970). */
export const SessionEvent = z.union([
  z.object({ index: z.number(), at: z.number(), event: AgentEvent }),
  z.object({ event: ShownEvent }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;
