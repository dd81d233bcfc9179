import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp';

/** What one call of the engine gave. */
export interface Step {
  /** Sampled tokens in order, at least one; the last of them is not in the sequence. */
  tokens: Token[];
  ms: number;
  /** Tokens that were evaluated for it, the refused ones too. */
  width: number;
}

/** Where an answer's tokens come from, a step at a time. */
export interface TokenSteps {
  /** The next step, of at most `room` tokens; null when the engine has no more. */
  next(room: number): Promise<Step | null>;
  end(): Promise<void>;
}

/** One token a step. */
export function singleTokens(
  sequence: LlamaContextSequence,
  last: Token,
  options: SequenceEvaluateOptions,
): TokenSteps {
  const evaluation = sequence.evaluate([last], { ...options, yieldEogToken: true });
  return {
    async next() {
      const startedAt = performance.now();
      const { done, value } = await evaluation.next();
      return done ? null : { tokens: [value], ms: performance.now() - startedAt, width: 1 };
    },
    async end() {
      await evaluation.return();
    },
  };
}
