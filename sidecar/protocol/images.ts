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

/** Bytes of an image that a person can add. */
export const largestImage = 10 * 2 ** 20;

/** What is taken to have room where nothing is known of the model: the vision part of Mistral Small 3.1 and later. */
export const usualRule: ImageRule = { patch: 28, side: 1540, exact: false };

type Size = Pick<ImageRef, 'width' | 'height'>;

/** The size in which a model reads an image: as it is, or scaled down to the rule's longest side. Pixels. */
export function fittedSize({ width, height }: Size, side: number): Size {
  const ratio = Math.max(width, height) / side;
  if (ratio <= 1) return { width, height };
  return { width: Math.max(1, halfEven(width / ratio)), height: Math.max(1, halfEven(height / ratio)) };
}

/** Python's `round`. */
const halfEven = (value: number) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/**
 * Tokens of an image, as Pixtral's encoder in mistral-common (`tokens/tokenizers/image.py`) makes them: a token a patch, and
 * one more at the end of each row.
 */
export function imageTokens(size: Size, { patch, side }: ImageRule): number {
  const { width, height } = fittedSize(size, side);
  return (Math.ceil(width / patch) + 1) * Math.ceil(height / patch);
}
