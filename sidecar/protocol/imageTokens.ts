import type { ImageRef, ImageRule } from './images.ts';

/** Files that are added as images. */
export const imageName = /\.(png|jpe?g|gif|webp)$/i;

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
