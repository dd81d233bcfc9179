import * as z from 'zod/mini';

/**
 * What the panel says to the extension. A file of its own: only the extension parses it, and the page is loaded without it.
 */
export const PanelMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('send'), text: z.string(), whenBusy: z.enum(['steer', 'queue']) }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('continue') }),
  /** A waiting message comes back into the composer, or is dropped. */
  z.object({ type: z.literal('takeBack'), messageId: z.string(), edit: z.boolean() }),
  z.object({ type: z.literal('moveWaiting'), messageId: z.string(), by: z.union([z.literal(-1), z.literal(1)]) }),
  /** The first message that waits after a stop. */
  z.object({ type: z.literal('sendNext') }),
  /** Ends one running command; the turn goes on. */
  z.object({ type: z.literal('stopCall'), callId: z.string() }),
  z.object({ type: z.literal('setMode') }),
  z.object({ type: z.literal('switchModel') }),

  // Answers to what is pending.
  z.object({
    type: z.literal('permit'),
    callId: z.string(),
    answer: z.enum(['allow_once', 'allow_always', 'reject_once']),
    acceptStaged: z.boolean(),
    word: z.optional(z.string()),
  }),
  /** The rule of "Always" as the person changed it, stored as the permission's own would be; a `permit` follows. */
  z.object({ type: z.literal('keepRule'), rule: z.string() }),
  z.object({ type: z.literal('answerQuestion'), id: z.string(), answer: z.nullable(z.string()) }),

  // Sessions. `events`: how many of the session's events stay (the index of the message that is left out).
  z.object({ type: z.literal('newSession') }),
  z.object({ type: z.literal('openSession'), sessionId: z.string() }),
  z.object({ type: z.literal('listSessions'), query: z.string() }),
  z.object({ type: z.literal('renameSession'), sessionId: z.string(), title: z.string() }),
  /** It can be taken back for some seconds; nothing is deleted before. */
  z.object({ type: z.literal('removeSession'), sessionId: z.string() }),
  z.object({ type: z.literal('undoRemove'), sessionId: z.string() }),
  z.object({ type: z.literal('fork'), events: z.number() }),
  /** An earlier prompt, edited: the session is forked before it and the text sent there. */
  z.object({ type: z.literal('resend'), events: z.number(), text: z.string() }),
  z.object({ type: z.literal('restoreTurn'), turn: z.number() }),

  // Review.
  z.object({ type: z.literal('openReview'), uri: z.optional(z.string()) }),
  z.object({ type: z.literal('acceptAll') }),
  z.object({ type: z.literal('rejectAll') }),
  z.object({ type: z.literal('decideFile'), uri: z.string(), accept: z.boolean() }),
  z.object({ type: z.literal('decideHunk'), uri: z.string(), hunkId: z.string(), accept: z.boolean() }),
  /** Back to open: one change, or all of the file. */
  z.object({ type: z.literal('resetDecision'), uri: z.string(), hunkId: z.optional(z.string()) }),

  // Answers.
  z.object({ type: z.literal('copy'), text: z.string() }),
  z.object({ type: z.literal('insertCode'), text: z.string() }),
  /** Shows code of an answer as a proposed change of the active file, or of the file that it names. */
  z.object({ type: z.literal('applyCode'), text: z.string(), language: z.string(), path: z.optional(z.string()) }),
  z.object({ type: z.literal('newFile'), text: z.string(), language: z.string() }),
  /** A link in an answer: a web address, or a path in the workspace with an optional `#L12`. */
  z.object({ type: z.literal('openLink'), href: z.string() }),
  z.object({ type: z.literal('openAnswer'), text: z.string() }),
  /** The whole output of a command, in an editor. */
  z.object({ type: z.literal('openOutput'), callId: z.string() }),
  /** A button of a problem card, by its label; `event`: index of the event that holds the problem, -1: the panel's own. */
  z.object({ type: z.literal('runAction'), event: z.number(), action: z.string() }),

  // Context.
  z.object({ type: z.literal('addContext') }),
  z.object({ type: z.literal('findCandidates'), query: z.string() }),
  z.object({ type: z.literal('addCandidate'), id: z.string() }),
  /** Uris that were dropped or pasted. */
  z.object({ type: z.literal('addUris'), uris: z.array(z.string()) }),
  /** A PNG or JPEG as base64, a thumbnail as base64 of a JPEG. Pixels. `id`: of the `readImage` that it answers. */
  z.object({
    type: z.literal('addImage'),
    id: z.optional(z.string()),
    name: z.string(),
    width: z.number(),
    height: z.number(),
    data: z.string(),
    thumbnail: z.string(),
  }),
  z.object({ type: z.literal('imageRefused'), name: z.string(), reason: z.enum(['type', 'size', 'broken']) }),
  /** There is text in the composer and nothing runs, or no longer. */
  z.object({ type: z.literal('writing'), active: z.boolean() }),
  z.object({ type: z.literal('removeContext'), id: z.string() }),
  /** The budget is shown and follows the draft; with `null` it no longer is. */
  z.object({ type: z.literal('watchBudget'), draft: z.nullable(z.string()) }),
  z.object({ type: z.literal('previewCondense') }),
  z.object({ type: z.literal('condense') }),

  // First run.
  z.object({ type: z.literal('startModel'), id: z.string() }),
  z.object({ type: z.literal('useFile') }),
  z.object({ type: z.literal('addServer') }),
  z.object({ type: z.literal('download'), id: z.string(), action: z.enum(['pause', 'resume', 'cancel']) }),

  z.object({ type: z.literal('focus'), panel: z.boolean(), input: z.boolean() }),
]);
export type PanelMessage = z.infer<typeof PanelMessage>;
