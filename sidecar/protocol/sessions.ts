import * as z from 'zod/mini';
import { AgentEvent } from './agentEvents.ts';
import { AgentMode } from './agentMode.ts';
import { ChangeSet, FileOutcome } from './changes.ts';
import { notification, request } from './message.ts';
import { ProblemReport } from './problemReport.ts';
import { SessionContext } from './sessionContext.ts';
import { Asked, BranchPoint, SessionEvent, WaitingMessage } from './sessionEvents.ts';
import { SessionSummary } from './sessionSummary.ts';

const id = { sessionId: z.string() };
const refusable = <T extends z.ZodMiniType>(done: T) =>
  z.union([done, z.object({ kind: z.literal('failed'), problem: ProblemReport })]);

/** The workspace's sessions, the newest first. */
export const sessionList = request(
  'devstral/session/list',
  z.object({}),
  z.object({ sessions: z.array(SessionSummary) }),
);

export const sessionSearch = request(
  'devstral/session/search',
  z.object({ query: z.string() }),
  z.object({ hits: z.array(z.object({ ...id, excerpt: z.string() })) }),
);

export const sessionCreate = request('devstral/session/create', z.object({ mode: AgentMode }), z.object(id));

/** What a session is now. Its events from here on come as `devstral/session/events`. */
export const OpenSession = z.object({
  kind: z.literal('open'),
  title: z.string(),
  mode: AgentMode,
  events: z.array(z.object({ index: z.number(), at: z.number(), event: AgentEvent })),
  /** The text of the answer that is being written. */
  partial: z.string(),
  running: z.boolean(),
  /** The turn waits for a decision of the person on its edits. */
  reviewing: z.boolean(),
  /** A turn was cut off by the end of its process, and can go on (`devstral/session/continue`). */
  continues: z.boolean(),
  waiting: z.array(WaitingMessage),
  /** Edits that wait for review. */
  staged: z.nullable(ChangeSet),
  branches: z.array(BranchPoint),
});
export type OpenSession = z.infer<typeof OpenSession>;

export const sessionOpen = request('devstral/session/open', z.object(id), refusable(OpenSession));

/** Takes a message. While a turn runs it waits, as `whenBusy` says; else it begins a turn. Answers at once. */
export const sessionSend = request(
  'devstral/session/send',
  z.object({ ...id, text: z.string(), context: z.array(SessionContext), whenBusy: z.enum(['steer', 'queue']) }),
  z.object({ taken: z.enum(['started', 'steer', 'queue']) }),
);

/** Goes on with a turn that was stopped, that reached its limit of steps, or that a crash ended. */
export const sessionContinue = request('devstral/session/continue', z.object(id), z.object({ started: z.boolean() }));

/** Ends the turn; what is usable is kept. Answers when it has ended. */
export const sessionStop = request('devstral/session/stop', z.object(id), z.object({}));

/** Takes a waiting message back, with what goes along with it; null if it has been taken meanwhile. */
export const sessionTakeBack = request(
  'devstral/session/takeBack',
  z.object({ ...id, messageId: z.string() }),
  z.object({ message: z.nullable(z.object({ text: z.string(), context: z.array(SessionContext) })) }),
);

/** Moves a waiting message one place; it takes the kind of the one that it passes. */
export const sessionMoveWaiting = request(
  'devstral/session/moveWaiting',
  z.object({ ...id, messageId: z.string(), by: z.union([z.literal(-1), z.literal(1)]) }),
  z.object({}),
);

/** Sends the first of the messages that a stop or an error left waiting. */
export const sessionSendNext = request('devstral/session/sendNext', z.object(id), z.object({ started: z.boolean() }));

/** Ends one running command; its turn goes on. */
export const sessionStopCall = request(
  'devstral/session/stopCall',
  z.object({ ...id, callId: z.string() }),
  z.object({ stopped: z.boolean() }),
);

/** Holds from the next call of the model on. */
export const sessionMode = request('devstral/session/mode', z.object({ ...id, mode: AgentMode }), z.object({}));

/** Names all branches of its conversation. The name comes as an event (`titled`). */
export const sessionRename = request(
  'devstral/session/rename',
  z.object({ ...id, title: z.string() }),
  refusable(z.object({ kind: z.literal('done') })),
);

/** Ends its turn, and deletes the session with its checkpoints, and all other branches of its conversation. */
export const sessionRemove = request(
  'devstral/session/remove',
  z.object(id),
  refusable(z.object({ kind: z.literal('done'), sessionIds: z.array(z.string()) })),
);

/**
 * A new session with the first `events` of another, or fewer where a call would lose its result. `edited`: to send the
 * message that is left out in another way; the two are branches of one conversation, and `context` is what went along with
 * that message.
 */
export const sessionFork = request(
  'devstral/session/fork',
  z.object({ ...id, events: z.number(), edited: z.optional(z.boolean()) }),
  refusable(z.object({ kind: z.literal('done'), ...id, context: z.array(SessionContext) })),
);

export const sessionExport = request(
  'devstral/session/export',
  z.object({ ...id, format: z.enum(['markdown', 'json']) }),
  refusable(z.object({ kind: z.literal('done'), text: z.string() })),
);

/** A new session from an export as JSON; `reason`: why it is none, and nothing is changed then. */
export const sessionImport = request(
  'devstral/session/import',
  z.object({ text: z.string(), mode: AgentMode }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('done'), ...id }),
    z.object({ kind: z.literal('unreadable'), reason: z.string() }),
  ]),
);

/** Shows the edits that wait once more; they are applied as the person decides. */
export const sessionReview = request('devstral/session/review', z.object(id), z.object({}));

/** What would take the files back to before the turn that began with event `turn`; it is reviewed and applied as any other. */
export const sessionRestore = request(
  'devstral/session/restore',
  z.object({ ...id, turn: z.number() }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('changes'),
      /** Null: all files are as they were. */
      changeSet: z.nullable(ChangeSet),
      /** Names of files that cannot be taken back, and why. */
      notRestored: z.array(z.object({ path: z.string(), reason: z.string() })),
      /** Names of files where edits of the person would go as well. */
      overwritten: z.array(z.string()),
    }),
    /** The checkpoints of that time were deleted to save space. */
    z.object({ kind: z.literal('gone') }),
  ]),
);

/** Tokens of the next prompt by part, as the model in use counts them. Without an id: of a session that is not begun. */
export const sessionBudget = request(
  'devstral/session/budget',
  z.object({ ...id, text: z.string(), context: z.array(SessionContext) }),
  z.object({
    /** Null: no model is loaded that could count. */
    budget: z.nullable(
      z.object({
        system: z.number(),
        rules: z.number(),
        /** Of the message that is being written: each piece of context in its order. */
        context: z.array(z.number()),
        message: z.number(),
        conversation: z.number(),
        /** Kept for the answer. */
        answer: z.number(),
        /** In force; null where the server does not say. */
        size: z.nullable(z.number()),
        /** What a condensation would free. */
        condensable: z.number(),
        exact: z.boolean(),
      }),
    ),
  }),
);

/** The turns that a condensation would drop now, the oldest first; null: no model is loaded that could count. */
export const sessionDropped = request(
  'devstral/session/dropped',
  z.object(id),
  z.object({
    turns: z.nullable(
      z.array(
        z.object({
          /** From 1. */
          turn: z.number(),
          /** The first line of what the person asked. */
          text: z.string(),
          tokens: z.number(),
          /** Its newest part stays. */
          inPart: z.boolean(),
        }),
      ),
    ),
  }),
);

/**
 * Lets a model on this computer read what is certain of the next prompt: instructions, tools, history, context. Without an
 * id: of a session that is not begun. It ends when it is cancelled, or when anybody wants an answer. Never loads a model.
 */
export const sessionReadAhead = request(
  'devstral/session/readAhead',
  z.object({ ...id, context: z.array(SessionContext) }),
  z.object({ done: z.boolean() }),
);

/** Makes room in the conversation now. */
export const sessionCondense = request('devstral/session/condense', z.object(id), z.object({ started: z.boolean() }));

/** Events of a session, in order; those of one tick in one message. */
export const sessionEvents = notification(
  'devstral/session/events',
  z.object({ ...id, events: z.array(SessionEvent) }),
);

// From the sidecar to the editor. Questions never time out; they end with the turn.

/** Shows staged edits; what is accepted has been applied (`devstral/changes/apply`) when it answers. */
export const hostReview = request(
  'devstral/host/review',
  z.object({ ...id, changeSet: ChangeSet, acceptAll: z.boolean() }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('applied'),
      applyId: z.string(),
      files: z.array(FileOutcome),
      textsAfter: z.array(z.object({ uri: z.string(), text: z.string() })),
    }),
    z.object({ kind: z.literal('rejected') }),
    /** Nobody decided: the edits stay staged. */
    z.object({ kind: z.literal('left') }),
    z.object({ kind: z.literal('failed'), problem: ProblemReport }),
  ]),
);

export const hostPermit = request(
  'devstral/host/permit',
  z.object({ ...id, asked: Asked }),
  z.discriminatedUnion('answer', [
    z.object({ answer: z.enum(['allow_once', 'allow_always']), acceptStaged: z.optional(z.boolean()) }),
    /** `word`: what the person wants the model to know. */
    z.object({ answer: z.enum(['reject_once', 'reject_always']), word: z.optional(z.string()) }),
  ]),
);

/** A question of the model, or of a command that takes long; null where nobody answers. */
export const hostAsk = request(
  'devstral/host/ask',
  z.object({ ...id, question: z.string(), choices: z.array(z.string()) }),
  z.object({ answer: z.nullable(z.string()) }),
);

/** Stores a rule for this workspace in the person's settings. */
export const hostKeepRule = request('devstral/host/keepRule', z.object({ rule: z.string() }), z.object({}));
