/**
 * A text for a terminal in which nothing hides: what would move the cursor, change colours, turn the direction of writing
 * or show nothing at all is spelt out (`\u{1b}`). Line breaks and tabs stay.
 */
export const visibleText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (hidden) =>
    hidden === '\n' || hidden === '\t' ? hidden : `\\u{${hidden.codePointAt(0)?.toString(16)}}`,
  );
