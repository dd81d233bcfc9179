import type { SamplingOptions } from '../models/backend.ts';

export interface Attempt {
  /** 1-based. */
  number: number;
  sampling: Omit<SamplingOptions, 'maxTokens'>;
}

/**
 * The samplings of one fix. The first answer is greedy; the later ones are warm enough to leave a greedy "nothing to do".
 * Seeds are fixed so that the same file and model give the same answers again.
 */
export function planAttempts(count: number): Attempt[] {
  return Array.from({ length: Math.max(1, count) }, (_unused, index) => ({
    number: index + 1,
    sampling: index === 0 ? { temperature: 0 } : { temperature: 0.8, topP: 0.95, seed: 1000 + index },
  }));
}
