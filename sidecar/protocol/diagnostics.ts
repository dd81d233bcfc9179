import * as z from 'zod/mini';
import { request } from './message.ts';

/** Versions, runtime, hardware and last errors of the sidecar, redacted, for "Copy Diagnostics". */
export const diagnosticsCollect = request(
  'devstral/diagnostics/collect',
  z.object({}),
  z.object({ report: z.string() }),
);
