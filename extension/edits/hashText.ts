import { createHash } from 'node:crypto';

/** The hash of `Revision`: over the text with `\n` endings as UTF-8, so that a buffer and its file have the same one. */
export function hashText(text: string): string {
  return createHash('sha256')
    .update(text.replace(/\r\n|\r/g, '\n'))
    .digest('hex');
}
