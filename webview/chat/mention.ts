/** The @-word that is being written: where it begins in the text, and what stands after the @. */
export interface Mention {
  from: number;
  query: string;
}

/** The @-word in front of the cursor, if the cursor is in one. An @ inside of a word (an address) is none. Pure. */
export function mentionAt(text: string, cursor: number): Mention | null {
  const from = text.lastIndexOf('@', cursor - 1);
  if (from < 0 || (from > 0 && !/[\s([{'"]/.test(text[from - 1] ?? ''))) return null;
  const query = text.slice(from + 1, cursor);
  return /\s/.test(query) || query.length > 200 ? null : { from, query };
}
