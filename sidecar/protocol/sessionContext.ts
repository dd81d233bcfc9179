import * as z from 'zod/mini';
import { Range } from './text.ts';

/** What the log can name again: a file or folder by its place, a text of the editor as it was. */
export const ContextSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), uri: z.string(), label: z.string(), range: z.optional(Range) }),
  z.object({ kind: z.literal('folder'), uri: z.string(), label: z.string() }),
  z.object({ kind: z.literal('text'), label: z.string(), text: z.string() }),
]);
export type ContextSource = z.infer<typeof ContextSource>;

/** What goes along with a message. Files are read by the sidecar; what only the editor can read comes as text. */
export const SessionContext = z.discriminatedUnion('kind', [
  ...ContextSource.def.options,
  /** `data`: base64 of a PNG or JPEG; empty where it is only counted. Pixels. */
  z.object({
    kind: z.literal('image'),
    label: z.string(),
    width: z.number(),
    height: z.number(),
    data: z.string(),
  }),
]);
export type SessionContext = z.infer<typeof SessionContext>;
