import * as z from 'zod/mini';
import { notification, request } from './message.ts';
import { ProblemReport } from './problemReport.ts';
import { TurnProgress } from './progress.ts';
import { Range } from './text.ts';

export const ChatContext = z.object({ uri: z.string(), range: z.optional(Range) });
export type ChatContext = z.infer<typeof ChatContext>;

export const ChatUsage = z.object({
  promptTokens: z.number(),
  reusedTokens: z.number(),
  outputTokens: z.number(),
  tokensPerSecond: z.number(),
  ms: z.number(),
});
export type ChatUsage = z.infer<typeof ChatUsage>;

export const ChatResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), text: z.string(), usage: ChatUsage }),
  z.object({ kind: z.literal('cancelled'), text: z.string() }),
  /** `text` is what had arrived; it is kept. */
  z.object({ kind: z.literal('failed'), text: z.string(), problem: ProblemReport }),
]);
export type ChatResult = z.infer<typeof ChatResult>;

/** A turn that is over, as the panel shows it. */
export const PastTurn = z.object({ prompt: z.string(), answer: z.string() });
export type PastTurn = z.infer<typeof PastTurn>;

/**
 * One turn of a conversation. The sidecar keeps the conversation under `sessionId`; text streams as `devstral/chat/event`.
 * `earlier` is used only by a sidecar that does not know the session: one that was restarted in the middle of it.
 */
export const chatSend = request(
  'devstral/chat/send',
  z.object({
    sessionId: z.string(),
    turnId: z.string(),
    prompt: z.string(),
    context: z.array(ChatContext),
    earlier: z.array(PastTurn),
  }),
  ChatResult,
);

export const chatEvent = notification(
  'devstral/chat/event',
  z.object({
    sessionId: z.string(),
    turnId: z.string(),
    event: z.discriminatedUnion('type', [
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('progress'), progress: TurnProgress }),
    ]),
  }),
);
