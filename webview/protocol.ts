import * as z from 'zod/mini';
import { ChatUsage } from '../sidecar/protocol/chat.ts';
import { ProblemReport } from '../sidecar/protocol/problemReport.ts';
import { TurnProgress } from '../sidecar/protocol/progress.ts';

/**
 * Every message between the extension and the chat panel, once. Both sides parse at the edge.
 * The panel keeps nothing of its own but the draft and the scroll position: after `ready` it is rebuilt from one `state`.
 */

/** A piece of context that goes with the next prompt. The range is part of the label: "app.py, lines 4-9". */
export const ContextChip = z.object({
  id: z.string(),
  kind: z.enum(['activeFile', 'file', 'selection']),
  label: z.string(),
  /** Path in the workspace, for the tooltip. */
  path: z.string(),
});
export type ContextChip = z.infer<typeof ContextChip>;

export const TurnState = z.enum(['running', 'answered', 'stopped', 'failed']);
export type TurnState = z.infer<typeof TurnState>;

export const Turn = z.object({
  id: z.string(),
  prompt: z.string(),
  context: z.array(ContextChip),
  /** Name of the model that answers. */
  model: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  answer: z.string(),
  state: TurnState,
  progress: z.optional(TurnProgress),
  /** What the person should know of this turn: another model answers. */
  notice: z.optional(z.string()),
  usage: z.optional(ChatUsage),
  problem: z.optional(ProblemReport),
});
export type Turn = z.infer<typeof Turn>;

export const PanelModel = z.object({
  /** Empty: none is set up yet. */
  name: z.string(),
  /** Where a prompt goes: `none` counts as this computer, for that is what is set up first. */
  kind: z.enum(['none', 'local', 'server']),
  contextUsed: z.optional(z.number()),
  contextSize: z.optional(z.number()),
});
export type PanelModel = z.infer<typeof PanelModel>;

export const HostMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    sessionId: z.string(),
    turns: z.array(Turn),
    context: z.array(ContextChip),
    model: PanelModel,
    /** Language tag for numbers. */
    language: z.string(),
  }),
  z.object({ type: z.literal('turnStarted'), turn: Turn }),
  z.object({ type: z.literal('text'), turnId: z.string(), text: z.string() }),
  z.object({ type: z.literal('progress'), turnId: z.string(), progress: TurnProgress }),
  z.object({
    type: z.literal('turnEnded'),
    turnId: z.string(),
    state: TurnState,
    usage: z.optional(ChatUsage),
    problem: z.optional(ProblemReport),
  }),
  z.object({ type: z.literal('context'), context: z.array(ContextChip) }),
  z.object({ type: z.literal('model'), model: PanelModel }),
  /** A command asked for it: the cursor goes into the composer. */
  z.object({ type: z.literal('focusComposer') }),
]);
export type HostMessage = z.infer<typeof HostMessage>;

export const PanelMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('send'), prompt: z.string() }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('newSession') }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  z.object({ type: z.literal('insertCode'), text: z.string() }),
  /** A link in an answer: a web address, or a path in the workspace with an optional `#L12`. */
  z.object({ type: z.literal('openLink'), href: z.string() }),
  /** A button of a problem card, by its label. */
  z.object({ type: z.literal('runAction'), turnId: z.string(), action: z.string() }),
  z.object({ type: z.literal('addContext') }),
  z.object({ type: z.literal('removeContext'), id: z.string() }),
  z.object({ type: z.literal('switchModel') }),
  z.object({ type: z.literal('focus'), panel: z.boolean(), input: z.boolean() }),
]);
export type PanelMessage = z.infer<typeof PanelMessage>;
