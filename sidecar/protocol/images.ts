import * as z from 'zod/mini';

/** An image of a session: its file lies beside the session's log, named by the hash of its bytes. */
export const ImageRef = z.object({
  /** "<sha256>.png" */
  file: z.string(),
  /** As the person calls it: "screenshot.png". */
  label: z.string(),
  mime: z.enum(['image/png', 'image/jpeg']),
  /** Pixels. */
  width: z.number(),
  height: z.number(),
});
export type ImageRef = z.infer<typeof ImageRef>;

/**
 * How a model cuts an image into tokens. `patch`: pixels of the square that becomes one token; `side`: pixels of the longer
 * side above which an image is scaled down; `exact`: the model's own rule is known, else the counts are about right.
 */
export const ImageRule = z.object({ patch: z.number(), side: z.number(), exact: z.boolean() });
export type ImageRule = z.infer<typeof ImageRule>;
