import * as z from 'zod/mini';
import { FixResult } from './fix.ts';
import { notification, request } from './message.ts';
import { FileDiagnostic, FileText } from './text.ts';

/**
 * Rewrite some lines of a file. Without `round` the text comes from the synced buffer, else from disk. The change set of the
 * answer has `editId` as its id. Progress through `workDoneToken`, what is written so far through `editPartial`.
 */
export const editStart = request(
  'devstral/edit/start',
  z.object({
    editId: z.string(),
    uri: z.string(),
    languageId: z.optional(z.string()),
    /** The lines to rewrite, zero-based; whole lines, at least one. */
    startLine: z.number(),
    lineCount: z.number(),
    /** Empty: fix the problems in these lines. */
    instruction: z.string(),
    /** Problems in these lines. */
    diagnostics: z.array(FileDiagnostic),
    /** A later round on a proposal: lines count in `text`, and what changes is shown against `base`. */
    round: z.optional(
      z.object({
        base: FileText,
        text: z.string(),
        /** What was asked for in the rounds before. */
        instructions: z.array(z.string()),
      }),
    ),
    workDoneToken: z.string(),
  }),
  FixResult,
);

/** What the editor says of an edit; the token of its progress goes along by itself. */
export type EditParams = Omit<z.infer<typeof editStart.params>, 'workDoneToken'>;

/** What stands in the place of the lines so far, at most four times a second. `base` goes with the first one. */
export const editPartial = notification(
  'devstral/edit/partial',
  z.object({
    editId: z.string(),
    base: z.optional(FileText),
    /** Joined by `\n`: what was written, then those of the old lines that the answer has not come to yet. */
    lines: z.string(),
  }),
);
