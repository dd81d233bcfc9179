import * as z from 'zod/mini';

/** Where a turn is, in measured numbers only. Times in milliseconds, rates in tokens or bytes per second. */
export const TurnProgress = z.discriminatedUnion('phase', [
  z.object({
    phase: z.literal('downloading'),
    name: z.string(),
    received: z.number(),
    total: z.number(),
    bytesPerSecond: z.number(),
    msLeft: z.optional(z.number()),
  }),
  z.object({ phase: z.literal('verifying'), name: z.string(), done: z.number(), total: z.number() }),
  z.object({ phase: z.literal('unpacking'), name: z.string(), done: z.number(), total: z.number() }),
  z.object({ phase: z.literal('loading'), name: z.string(), fraction: z.number() }),
  z.object({ phase: z.literal('queued'), waitedMs: z.number(), ahead: z.optional(z.number()) }),
  /** Nothing has come from `name` for so long. It is waited for until the person stops it. */
  z.object({ phase: z.literal('stalled'), name: z.string(), silentMs: z.number() }),
  /** A sentence to know: another model answers, a call is asked for again. */
  z.object({ phase: z.literal('notice'), text: z.string() }),
  /** Said once per fix, before the first token, from the calibration of this machine. */
  z.object({ phase: z.literal('estimated'), tokensPerSecond: z.number(), ms: z.number() }),
  z.object({
    phase: z.literal('reading'),
    done: z.number(),
    total: z.number(),
    reused: z.number(),
    msLeft: z.optional(z.number()),
    /** What is read now is kept on disk: later starts do not read it. */
    oneTime: z.optional(z.boolean()),
  }),
  /** The same from a server that gives no tokens. */
  z.object({ phase: z.literal('readingShare'), fraction: z.number() }),
  z.object({
    phase: z.literal('writing'),
    /** 1-based number of the answer that is being sampled, and the most that will be. */
    attempt: z.number(),
    attempts: z.number(),
    form: z.enum(['file', 'edits', 'text']),
    lines: z.number(),
    expectedLines: z.optional(z.number()),
    changes: z.number(),
    tokensPerSecond: z.number(),
  }),
  z.object({ phase: z.literal('checking'), attempt: z.number() }),
  /** Servers are looked for or checked; `title` says what is done now. */
  z.object({ phase: z.literal('server'), title: z.string(), done: z.number(), total: z.number() }),
]);
export type TurnProgress = z.infer<typeof TurnProgress>;

/** What travels in `$/progress`: the phase and the share of the measured time that has passed (0 to 1), if it is known. */
export const ProgressReport = z.object({ progress: TurnProgress, fraction: z.optional(z.number()) });
export type ProgressReport = z.infer<typeof ProgressReport>;
