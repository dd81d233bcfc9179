import type { LlamaContextSequence, Token } from 'node-llama-cpp';

/** A working model finds one token hundreds of times likelier than the average one. */
const leastLikelier = 2;

/**
 * Whether the model tells tokens apart at all: with weights that are zero or not numbers each token is as likely as any
 * other, and what is sampled is noise or ends at once. Takes a few tokens of text and an empty sequence, which is empty
 * again after it; `vocabulary` is the number of tokens.
 */
export async function predicts(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  vocabulary: number,
): Promise<boolean> {
  const last = tokens.at(-1);
  if (last === undefined || vocabulary <= 0) return true;
  const likeliest = { generateNext: { token: true, confidence: true, options: { temperature: 0 } } };
  const outputs = await sequence.controlledEvaluate([...tokens.slice(0, -1), [last, likeliest]]);
  await sequence.clearHistory();
  const confidence = outputs.at(-1)?.next.confidence;
  return confidence === undefined || confidence * vocabulary > leastLikelier;
}
