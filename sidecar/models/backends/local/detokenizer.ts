import type { Token } from 'node-llama-cpp';

/** Turns tokens into text as they come, without cutting a character that spans several tokens. */
export interface Detokenizer {
  /** Text that is certain now; may be empty. */
  push(token: Token): string;
  /** What is left, with replacement characters where bytes are missing. */
  flush(): string;
}

/** Tokens kept as context: a tokenizer may write a token differently at the start of a text. */
const contextTokens = 8;

export function createDetokenizer(detokenize: (tokens: Token[], before: Token[]) => string): Detokenizer {
  let before: Token[] = [];
  let pending: Token[] = [];
  let told = 0;

  return {
    push(token) {
      pending.push(token);
      const text = detokenize(pending, before);
      const whole = text.replace(/\uFFFD+$/, '');
      const fresh = whole.slice(told);
      told = whole.length;
      if (whole.length === text.length) {
        before = [...before, ...pending].slice(-contextTokens);
        pending = [];
        told = 0;
      }
      return fresh;
    },
    flush() {
      const rest = detokenize(pending, before).slice(told);
      before = [...before, ...pending].slice(-contextTokens);
      pending = [];
      told = 0;
      return rest;
    },
  };
}
