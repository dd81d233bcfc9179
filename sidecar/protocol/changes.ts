import * as z from 'zod/mini';
import { request } from './message.ts';
import { ProblemReport } from './problemReport.ts';
import { FileText } from './text.ts';

/**
 * One run of changed lines. Line numbers are zero-based; a count of 0 is an insertion or a deletion at that line.
 * `id` is stable while the base lines stay the same, so that a hunk keeps its state when the person types elsewhere.
 */
export const Hunk = z.object({
  id: z.string(),
  baseStart: z.number(),
  baseCount: z.number(),
  proposedStart: z.number(),
  proposedCount: z.number(),
  state: z.enum(['open', 'accepted', 'rejected']),
});
export type Hunk = z.infer<typeof Hunk>;

/** What is proposed for one file. `base` is the text that the model was shown. */
export const FileChange = z.object({
  uri: z.string(),
  operation: z.enum(['edit', 'create', 'delete']),
  base: FileText,
  hunks: z.array(Hunk),
  /** Without byte order mark, in the line endings of the base. Empty for a delete. */
  proposedText: z.string(),
  /**
   * Of a created file: it is one of the same change set that is deleted (`from`) under another name. The two are decided
   * together. Lines of the file itself that are added and removed.
   */
  renamed: z.optional(z.object({ from: z.string(), added: z.number(), removed: z.number() })),
});
export type FileChange = z.infer<typeof FileChange>;

export const ChangeSet = z.object({
  id: z.string(),
  title: z.string(),
  files: z.array(FileChange),
});
export type ChangeSet = z.infer<typeof ChangeSet>;

/** How a conflict is settled: the person's lines, the proposal's, or first the one and then the other. */
export const Resolution = z.enum(['mine', 'theirs', 'both']);
export type Resolution = z.infer<typeof Resolution>;

/** What the person decided for one file: the text that shall be written, and each hunk's state. */
export const FileOutcome = z.object({
  uri: z.string(),
  operation: z.enum(['edit', 'create', 'delete']),
  base: FileText,
  /** The base with the accepted hunks and what the person typed. */
  finalText: z.string(),
  accepted: z.number(),
  rejected: z.number(),
  changedByPerson: z.boolean(),
  /** Answers to the conflicts of an earlier try, in their order. */
  resolutions: z.optional(z.array(Resolution)),
});
export type FileOutcome = z.infer<typeof FileOutcome>;

/** Lines in which the person and the proposal differ from the base in different ways. Zero-based, `\n`-joined texts. */
export const Conflict = z.object({
  startLine: z.number(),
  mine: z.string(),
  base: z.string(),
  theirs: z.string(),
});
export type Conflict = z.infer<typeof Conflict>;

export const ApplyResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('applied'),
    applyId: z.string(),
    files: z.array(z.object({ uri: z.string(), textAfter: z.string(), mergedLines: z.array(z.number()) })),
  }),
  z.object({
    kind: z.literal('conflict'),
    files: z.array(z.object({ uri: z.string(), current: FileText, conflicts: z.array(Conflict) })),
  }),
  z.object({ kind: z.literal('failed'), problem: ProblemReport }),
]);
export type ApplyResult = z.infer<typeof ApplyResult>;

/** Hunks between two texts. Stateless: a restarted sidecar answers it as well as the one that made the proposal. */
export const changesHunks = request(
  'devstral/changes/hunks',
  z.object({ base: z.string(), proposed: z.string() }),
  z.object({ hunks: z.array(Hunk) }),
);

/**
 * A file under review was edited: its base becomes `current`, and what stands on the right (`text`) and what was proposed
 * are merged with it. Where both changed the same lines nothing moves before `resolutions` say what shall stand. Stateless.
 */
export const changesRebase = request(
  'devstral/changes/rebase',
  z.object({
    base: z.string(),
    current: z.string(),
    text: z.string(),
    proposed: z.string(),
    resolutions: z.array(Resolution),
  }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('merged'),
      text: z.string(),
      hunks: z.array(Hunk),
      proposed: z.string(),
      proposedHunks: z.array(Hunk),
    }),
    z.object({ kind: z.literal('conflict'), conflicts: z.array(Conflict) }),
  ]),
);

/** Applies what the person accepted: checks, merges, journals, asks the host to edit, commits. */
export const changesApply = request(
  'devstral/changes/apply',
  z.object({ changeSetId: z.string(), files: z.array(FileOutcome) }),
  ApplyResult,
);

/** Takes a whole applied change set back (all files), if what it wrote is still there. */
export const changesUndo = request('devstral/changes/undo', z.object({ applyId: z.string() }), ApplyResult);
