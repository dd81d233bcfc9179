import * as z from 'zod/mini';
import { request } from './message.ts';

/** A server that answered on this computer. */
export const FoundServer = z.object({
  url: z.string(),
  /** What it is: "vLLM", "Ollama". */
  name: z.string(),
  /** The first model, or the one in memory; empty: not said. */
  model: z.string(),
  models: z.array(z.string()),
  contextSize: z.nullable(z.number()),
  needsKey: z.boolean(),
});
export type FoundServer = z.infer<typeof FoundServer>;

const Token = z.optional(z.string());

/** Looks at the usual ports of this computer. Only at a person's request. */
export const serverFind = request(
  'devstral/server/find',
  z.object({ workDoneToken: Token }),
  z.object({ servers: z.array(FoundServer) }),
);

/** Checks a server from its address to its tool calls, with completions. `text`: every check as lines; empty: cancelled. */
export const serverCheck = request(
  'devstral/server/check',
  z.object({ url: z.string(), model: z.optional(z.string()), workDoneToken: Token }),
  z.object({ text: z.string(), failed: z.number() }),
);
