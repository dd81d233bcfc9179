import * as z from 'zod/mini';
import { request } from './message.ts';

/** What "Generate Server Command" offers. `gpus` are examples and this computer's own, as they are typed. */
export const launchChoices = request(
  'devstral/launch/choices',
  z.object({}),
  z.object({
    models: z.array(z.object({ id: z.string(), title: z.string(), description: z.string(), context: z.number() })),
    gpus: z.array(z.object({ text: z.string(), description: z.string() })),
  }),
);

/** The command that serves a model on these GPUs, as a shell script whose comments are plan and reasons. */
export const launchCommand = request(
  'devstral/launch/command',
  z.object({
    server: z.enum(['vllm', 'sglang']),
    /** Id, or `org/repo`. */
    model: z.string(),
    gpus: z.string(),
    /** Tokens; absent: as many as fit. */
    context: z.optional(z.number()),
    kv: z.enum(['auto', 'fp8']),
    docker: z.boolean(),
  }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('command'), text: z.string() }),
    z.object({
      kind: z.literal('doesNotFit'),
      reason: z.string(),
      /** One answer each that would be given otherwise. */
      suggestions: z.array(
        z.object({ label: z.string(), option: z.enum(['context', 'kv', 'gpus', 'model']), value: z.string() }),
      ),
    }),
    z.object({ kind: z.literal('refused'), reason: z.string() }),
  ]),
);
