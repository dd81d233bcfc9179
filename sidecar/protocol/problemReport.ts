import * as z from 'zod/mini';
import { problemCodes, type ProblemReport as Report } from './problems.ts';

/** Schema of a problem; apart from its texts, which the extension has at hand before any schema is built. */
export const ProblemReport: z.ZodMiniType<Report> = z.object({
  code: z.enum(problemCodes),
  title: z.string(),
  sentence: z.string(),
  actions: z.array(z.string()),
  details: z.optional(z.string()),
});
