import * as z from 'zod/mini';
import { ChangeSet } from './changes.ts';
import { request } from './message.ts';
import { ProblemReport } from './problemReport.ts';
import { FileDiagnostic, Range } from './text.ts';

export const FixResult = z.discriminatedUnion('kind', [
  /**
   * `prose` is what the model said around its answer. `notes` are things the person should know (mixed line endings, …).
   * `problem`: a change of the answer could not be used; the others are here.
   */
  z.object({
    kind: z.literal('proposed'),
    changeSet: ChangeSet,
    prose: z.string(),
    notes: z.array(z.string()),
    problem: z.optional(ProblemReport),
  }),
  /** The model proposes nothing, or all that it proposed was dropped. `answer` can be shown. */
  z.object({ kind: z.literal('unchanged'), problem: ProblemReport, answer: z.string() }),
  /** Stopped by the person. Whole edits that were there already are kept in `changeSet`. */
  z.object({ kind: z.literal('cancelled'), changeSet: z.optional(ChangeSet) }),
  z.object({ kind: z.literal('failed'), problem: ProblemReport }),
]);
export type FixResult = z.infer<typeof FixResult>;

/** Fix one file. Its text comes from the synced buffer if the file is open, else from disk. Progress through `workDoneToken`. */
export const fixStart = request(
  'devstral/fix/start',
  z.object({
    uri: z.string(),
    languageId: z.optional(z.string()),
    instruction: z.optional(z.string()),
    diagnostics: z.array(FileDiagnostic),
    /** Lines the person asked about (a light bulb or a selection). */
    focus: z.optional(Range),
    workDoneToken: z.string(),
  }),
  FixResult,
);
