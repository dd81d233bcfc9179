import { createRandom } from './random.ts';
import { randomWords } from './words.ts';
import type { BenchRequest, Workload } from './workload.ts';

/** Words of each prompt that stand before all else, so that no two prompts have a beginning in common. */
const headWords = 12;

/**
 * Random words, about `inputTokens` of them, and an answer of `outputTokens`. The first words are a system message of
 * their own: a template's default one would be the same text for all, which a prefix cache holds.
 */
export function randomWorkload(seed: number, inputTokens: number, outputTokens: number): Workload {
  const random = createRandom(seed);
  const request = (): BenchRequest => ({
    messages: [
      { role: 'system', content: randomWords(random, Math.min(headWords, Math.ceil(inputTokens / 2))) },
      { role: 'user', content: randomWords(random, Math.max(1, inputTokens - headWords)) },
    ],
    tools: [],
    maxTokens: outputTokens,
    allTokens: true,
  });
  return {
    name: 'random',
    description: `about ${inputTokens} tokens of random words, answers of ${outputTokens}`,
    take: (requests) => Array.from({ length: requests }, () => [request()]),
  };
}
