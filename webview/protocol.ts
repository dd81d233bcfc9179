import * as z from 'zod/mini';
import { AgentMode } from '../sidecar/protocol/agentMode.ts';
import { ImageRule } from '../sidecar/protocol/images.ts';
import { ProblemReport } from '../sidecar/protocol/problemReport.ts';
import { TurnProgress } from '../sidecar/protocol/progress.ts';
import { Asked, BranchPoint, SessionEvent, WaitingMessage } from '../sidecar/protocol/sessionEvents.ts';
import { SessionSummary } from '../sidecar/protocol/sessionSummary.ts';

/**
 * Every message between the extension and the chat panel, once. Both sides parse at the edge.
 * The panel keeps nothing of its own but the draft and the scroll position: after `ready` it is rebuilt from one `state`,
 * and what it shows of a session is a fold over the session's events.
 */

/** A piece of context that goes with the next prompt. The range is part of the label: "app.py, lines 4-9". */
export const ContextChip = z.object({
  id: z.string(),
  kind: z.enum(['activeFile', 'file', 'folder', 'selection', 'symbol', 'problems', 'terminal', 'diff', 'url', 'image']),
  label: z.string(),
  /** Path in the workspace, for the tooltip. */
  path: z.string(),
  /** As the model in use counts them; absent while that is not known. */
  tokens: z.optional(z.number()),
  /** Of an image: its pixels, and base64 of a small JPEG of it. */
  image: z.optional(z.object({ width: z.number(), height: z.number(), thumbnail: z.string() })),
});
export type ContextChip = z.infer<typeof ContextChip>;

export const PanelModel = z.object({
  /** Empty: none is set up yet. */
  name: z.string(),
  /** Where a prompt goes: `none` counts as this computer, for that is what is set up first. */
  kind: z.enum(['none', 'local', 'server']),
  contextSize: z.optional(z.number()),
  /** How it reads images; null: it sees none; absent: not known yet. */
  images: z.optional(z.nullable(ImageRule)),
});
export type PanelModel = z.infer<typeof PanelModel>;

/** A session as it stands when the panel begins to show it. */
export const PanelSession = z.object({
  id: z.string(),
  title: z.string(),
  mode: AgentMode,
  /** Of the newest turns. Those of the turns before come in `earlier` messages, the newest first. */
  events: z.array(SessionEvent),
  running: z.boolean(),
  /** A turn was cut off and can go on. */
  continues: z.boolean(),
  waiting: z.array(WaitingMessage),
  /** Prompts that were asked in several ways. */
  branches: z.array(BranchPoint),
});
export type PanelSession = z.infer<typeof PanelSession>;

/** What waits for the person, one thing at a time. `at`: since when, in ms since 1970. */
export const Pending = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('permission'), at: z.number(), asked: Asked }),
  z.object({
    kind: z.literal('question'),
    at: z.number(),
    id: z.string(),
    question: z.string(),
    choices: z.array(z.string()),
  }),
]);
export type Pending = z.infer<typeof Pending>;

/** A file of the changes under review. Line numbers from 1, as on the right side of the diff. */
export const StagedFile = z.object({
  uri: z.string(),
  path: z.string(),
  operation: z.enum(['edit', 'create', 'delete', 'rename']),
  /** Of a rename: the path before. */
  from: z.optional(z.string()),
  added: z.number(),
  removed: z.number(),
  /** The person's edits meet the proposal's: it has to be resolved before it can be accepted. */
  conflict: z.boolean(),
  hunks: z.array(
    z.object({
      id: z.string(),
      firstLine: z.number(),
      lastLine: z.number(),
      state: z.enum(['open', 'accepted', 'rejected']),
    }),
  ),
});
export type StagedFile = z.infer<typeof StagedFile>;

export const Staged = z.object({ changeSetId: z.string(), title: z.string(), files: z.array(StagedFile) });
export type Staged = z.infer<typeof Staged>;

/** One row of the history. */
export const PanelSummary = z.extend(SessionSummary, {
  /** How many branches the conversation has; the row is the one of them to open. Absent: it has one. */
  branches: z.optional(z.number()),
  /** It is deleted when its time to undo is over. */
  removed: z.optional(z.literal(true)),
  /** Where the search found it. */
  excerpt: z.optional(z.string()),
});
export type PanelSummary = z.infer<typeof PanelSummary>;

/** What typing @ offers. */
export const Candidate = z.object({
  id: z.string(),
  kind: z.enum(['file', 'folder', 'symbol', 'problems', 'selection', 'terminal', 'diff', 'url']),
  label: z.string(),
  detail: z.string(),
  tokens: z.optional(z.number()),
});
export type Candidate = z.infer<typeof Candidate>;

/** Tokens of the next prompt by part. */
export const Budget = z.object({
  system: z.number(),
  rules: z.number(),
  files: z.number(),
  message: z.number(),
  conversation: z.number(),
  answer: z.number(),
  size: z.nullable(z.number()),
  condensable: z.number(),
  exact: z.boolean(),
});
export type Budget = z.infer<typeof Budget>;

/** A turn that condensing would drop; of one that is dropped in part the newest steps stay. */
export const DroppedTurn = z.object({ turn: z.number(), text: z.string(), tokens: z.number(), inPart: z.boolean() });
export type DroppedTurn = z.infer<typeof DroppedTurn>;

/** What the first-run view offers on this machine. */
export const FirstRun = z.object({
  /** "RTX 4090 24 GB, 64 GB RAM" */
  machine: z.string(),
  choices: z.array(
    z.object({ id: z.string(), title: z.string(), detail: z.string(), recommended: z.boolean(), bytes: z.number() }),
  ),
});
export type FirstRun = z.infer<typeof FirstRun>;

/** A download that runs, or that waits to be resumed. */
export const PanelDownload = z.object({
  id: z.string(),
  name: z.string(),
  received: z.number(),
  total: z.number(),
  bytesPerSecond: z.number(),
  runs: z.boolean(),
});
export type PanelDownload = z.infer<typeof PanelDownload>;

/** The person's settings that the panel follows. */
export const PanelSettings = z.object({
  reasoning: z.enum(['folded', 'open', 'hidden']),
  whileRunning: z.enum(['steer', 'queue']),
});
export type PanelSettings = z.infer<typeof PanelSettings>;

export const HostMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    session: PanelSession,
    pending: z.nullable(Pending),
    staged: z.nullable(Staged),
    context: z.array(ContextChip),
    model: PanelModel,
    settings: PanelSettings,
    firstRun: z.nullable(FirstRun),
    downloads: z.array(PanelDownload),
    /** Language tag for numbers. */
    language: z.string(),
    /** For the names of keys. */
    platform: z.enum(['mac', 'windows', 'linux']),
  }),
  z.object({ type: z.literal('earlier'), sessionId: z.string(), events: z.array(SessionEvent) }),
  z.object({ type: z.literal('events'), sessionId: z.string(), events: z.array(SessionEvent) }),
  z.object({ type: z.literal('pending'), sessionId: z.string(), pending: z.nullable(Pending) }),
  z.object({ type: z.literal('mode'), mode: AgentMode }),
  z.object({ type: z.literal('title'), title: z.string() }),
  /** A message could not be sent, or the sidecar is gone; shown at the end of the conversation. */
  z.object({ type: z.literal('problem'), problem: z.nullable(ProblemReport) }),
  z.object({ type: z.literal('staged'), staged: z.nullable(Staged) }),
  z.object({ type: z.literal('sessions'), query: z.string(), sessions: z.array(PanelSummary) }),
  z.object({ type: z.literal('candidates'), query: z.string(), candidates: z.array(Candidate) }),
  z.object({ type: z.literal('budget'), budget: z.nullable(Budget) }),
  z.object({ type: z.literal('firstRun'), firstRun: z.nullable(FirstRun) }),
  z.object({ type: z.literal('downloads'), downloads: z.array(PanelDownload) }),
  z.object({ type: z.literal('context'), context: z.array(ContextChip) }),
  z.object({ type: z.literal('model'), model: PanelModel }),
  z.object({ type: z.literal('settings'), settings: PanelSettings }),
  /** Work that no event of the session tells of: the model is loaded for the first turn. */
  z.object({ type: z.literal('progress'), progress: z.nullable(TurnProgress) }),
  /** A command asked for it: the cursor goes into the composer, with this text put in if there is one. */
  z.object({ type: z.literal('focusComposer'), text: z.optional(z.string()) }),
  z.object({ type: z.literal('showHistory') }),
  /** An entry of VS Code's menu over an answer or its code. */
  z.object({ type: z.literal('menuAction'), action: z.enum(['copyMarkdown', 'insertCode', 'fork']) }),
  /** An image file that was added: it comes back as `addImage`, in a size that the model reads. `data`: base64. */
  z.object({
    type: z.literal('readImage'),
    id: z.string(),
    name: z.string(),
    mime: z.string(),
    data: z.string(),
  }),
  /** The turns that condensing would drop; null: nothing is there to count them. */
  z.object({ type: z.literal('dropped'), turns: z.nullable(z.array(DroppedTurn)) }),
]);
export type HostMessage = z.infer<typeof HostMessage>;
