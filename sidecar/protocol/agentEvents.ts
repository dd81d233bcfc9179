import * as z from 'zod/mini';
import { ImageRef } from './images.ts';
import { ProblemReport } from './problemReport.ts';
import { ContextSource } from './sessionContext.ts';

/** A call as the model wrote it; `arguments` is JSON text, or what should have been. */
export const AgentCall = z.object({ id: z.string(), name: z.string(), arguments: z.string() });
export type AgentCall = z.infer<typeof AgentCall>;

export const StepUsage = z.object({
  promptTokens: z.number(),
  reusedTokens: z.number(),
  outputTokens: z.number(),
  tokensPerSecond: z.number(),
});
export type StepUsage = z.infer<typeof StepUsage>;
/** Sums over the answers of a turn; `ms` counts the work, not the waiting for the person. */
export type TurnUsage = StepUsage & { ms: number };

/** What became of one file under review. */
export const ReviewedFile = z.object({
  path: z.string(),
  operation: z.enum(['edit', 'create', 'delete']),
  accepted: z.number(),
  rejected: z.number(),
  changedByPerson: z.boolean(),
});
export type ReviewedFile = z.infer<typeof ReviewedFile>;

/**
 * What happens in a session, in order. The log of a session is these events and nothing else: its transcript, its state and
 * the next prompt are folds over them. Each is on disk before the loop goes on to an effect outside.
 */
export const AgentEvent = z.discriminatedUnion('type', [
  /** A message of the person; `context` is what goes along, as the model reads it. */
  z.object({
    type: z.literal('user'),
    id: z.string(),
    text: z.string(),
    context: z.string(),
    /** What went along, as the person sees it: "app.py, lines 4-9". */
    attached: z.optional(z.array(z.string())),
    images: z.optional(z.array(ImageRef)),
    /** The same again, but for images: the message can be sent once more with it. */
    sources: z.optional(z.array(ContextSource)),
    /** Short name of the model that is asked. */
    model: z.optional(z.string()),
  }),
  /** A message that was given while the agent worked, taken at this step. */
  z.object({
    type: z.literal('steer'),
    text: z.string(),
    context: z.optional(z.string()),
    attached: z.optional(z.array(z.string())),
    images: z.optional(z.array(ImageRef)),
  }),
  /** One answer of the model. `cut`: it was stopped or reached its limit. */
  z.object({
    type: z.literal('answer'),
    text: z.string(),
    reasoning: z.string(),
    calls: z.array(AgentCall),
    usage: z.optional(StepUsage),
    cut: z.optional(z.enum(['stopped', 'length', 'failed'])),
  }),
  z.object({ type: z.literal('callBegin'), callId: z.string(), name: z.string(), title: z.string() }),
  z.object({
    type: z.literal('permission'),
    callId: z.string(),
    answer: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always', 'not_asked']),
    rule: z.optional(z.string()),
  }),
  /** Staged edits were decided on. */
  z.object({
    type: z.literal('reviewed'),
    changeSetId: z.string(),
    applyId: z.optional(z.string()),
    files: z.array(ReviewedFile),
    /** For the model: exactly what was accepted, changed and rejected. */
    told: z.string(),
  }),
  /** `text` is for the model, `summary` for the card. */
  z.object({
    type: z.literal('callEnd'),
    callId: z.string(),
    ok: z.boolean(),
    text: z.string(),
    summary: z.string(),
    ms: z.number(),
    /** What the call looked at; the model is shown it behind the results. */
    images: z.optional(z.array(ImageRef)),
  }),
  /** Said to the model by us: it repeats itself, it wrote no call. */
  z.object({ type: z.literal('hint'), text: z.string() }),
  /** Said to the model together with the next thing that it reads: the session was resumed or branched. */
  z.object({ type: z.literal('note'), text: z.string() }),
  /** Results that are no longer in the prompt. */
  z.object({ type: z.literal('pruned'), callIds: z.array(z.string()) }),
  /** What stands before the event `upTo` (its index in the log) is replaced by a summary, but for the first message. */
  z.object({ type: z.literal('condensed'), upTo: z.number(), summary: z.string() }),
  /** The person's name for the session. */
  z.object({ type: z.literal('titled'), title: z.string() }),
  z.object({
    type: z.literal('end'),
    reason: z.enum(['done', 'asks', 'stopped', 'steps', 'stuck', 'failed']),
    problem: z.optional(ProblemReport),
  }),
]);
export type AgentEvent = z.infer<typeof AgentEvent>;
