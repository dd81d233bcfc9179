/** A literal, a choice of literals (the longest first, `''` last for "or nothing"), any number of a class, or one of it. */
export type Token = string | readonly string[] | RegExp | { one: RegExp };

/**
 * Matches the start of `text` at `from` against tokens, for text that is still arriving: the index after the match,
 * `no` if it cannot match whatever follows, `more` if that depends on what follows. There is no backtracking.
 */
export function prefixMatch(text: string, from: number, tokens: readonly Token[]): number | 'no' | 'more' {
  let at = from;
  for (const token of tokens) {
    if (token instanceof RegExp) {
      while (at < text.length && token.test(text[at] ?? '')) at++;
      continue;
    }
    if (typeof token === 'object' && 'one' in token) {
      if (at >= text.length) return 'more';
      if (!token.one.test(text[at] ?? '')) return 'no';
      at++;
      continue;
    }
    const choices = typeof token === 'string' ? [token] : token;
    const found = choices.find((choice) => choice !== '' && text.startsWith(choice, at));
    if (found !== undefined) {
      at += found.length;
      continue;
    }
    const rest = text.slice(at);
    if (choices.some((choice) => choice.startsWith(rest))) return 'more';
    if (!choices.includes('')) return 'no';
  }
  return at;
}

/** Length of the longest end of `text` that may be the start of `marker`. */
export function partialSuffix(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--) {
    if (text.endsWith(marker.slice(0, length))) return length;
  }
  return 0;
}
