import * as z from 'zod/mini';
import { request } from './message.ts';
import { ProblemReport } from './problemReport.ts';

/** Fetches the engine's CUDA binaries; progress through `workDoneToken`. The model leaves the memory, the next load uses them. */
export const cudaDownload = request(
  'devstral/cuda/download',
  z.object({ workDoneToken: z.optional(z.string()) }),
  z.object({
    /** `there`: they were here before. */
    outcome: z.enum(['downloaded', 'there', 'cancelled', 'failed']),
    problem: z.optional(ProblemReport),
  }),
);

/** Removes them; the model leaves the memory first. 0 freed: there were none. */
export const cudaRemove = request(
  'devstral/cuda/remove',
  z.object({}),
  z.object({ freed: z.number(), problem: z.optional(ProblemReport) }),
);
