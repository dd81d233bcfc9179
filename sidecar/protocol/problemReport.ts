import * as z from 'zod/mini';
import type { ProblemCode, ProblemReport as Report } from './problems.ts';

/**
 * Schema of a problem; apart from its texts, which the extension has at hand before any schema is built. The texts come
 * with the report, so that the panel shows any code and has no list of them.
 */
export const ProblemReport: z.ZodMiniType<Report> = z.object({
  code: z.custom<ProblemCode>((code) => typeof code === 'string'),
  title: z.string(),
  sentence: z.string(),
  actions: z.array(z.string()),
  details: z.optional(z.string()),
  copy: z.optional(z.string()),
});
