import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { DraftSource } from './draftSource.ts';
import type { Step, TokenSteps } from './tokenSteps.ts';

interface Options {
  sampling: { temperature: number; topK: number; topP: number; minP: number };
  seed: number;
  draft: DraftSource;
  /** Tokens per second in which a prompt is read, which is what a step costs; null if unknown. */
  readRate: number | null;
}

/** Tokens of the first batch, and of the one after a refusal. llama.cpp's kernels work on four at a time. */
const firstBatch = 4;
const largestBatch = 64;
const targetMs = 300;

/**
 * Writes several tokens in one step: what the draft proposes is read as a prompt would be, the model's own token is
 * sampled at each place, and all is kept up to the first place where the two differ. Each token is a normal sample, so
 * the text is what it would have been; only the engine's rounding depends on the width of a batch, as it does on the
 * number of threads. A step takes as long as a chunk of a prompt at most, so that Cancel works.
 */
export function speculate(sequence: LlamaContextSequence, last: Token, options: Options): TokenSteps {
  const { draft, sampling, seed } = options;
  const width = batchWidth(options.readRate);
  let widest = firstBatch;
  let evaluateNext = last;

  async function next(room: number): Promise<Step> {
    const start = sequence.nextTokenIndex;
    const proposed = draft.propose(Math.min(widest, width.most(), room) - 1);
    const startedAt = performance.now();
    const outputs = await sequence.controlledEvaluate(
      [evaluateNext, ...proposed].map((token, i) => [
        token,
        { generateNext: { token: true, options: { ...sampling, seed: seedAt(seed, start + i) } } },
      ]),
    );
    const sampled: Token[] = [];
    for (const output of outputs) {
      const token = output?.next.token;
      if (token === undefined || token === null) throw new Error('no token could be sampled');
      sampled.push(token);
      if (token !== proposed[sampled.length - 1]) break;
    }
    const accepted = sampled.length - 1;
    if (accepted < proposed.length) await forgetFrom(sequence, start + sampled.length);
    const ms = performance.now() - startedAt;
    const evaluated = proposed.length + 1;
    if (evaluated >= firstBatch) width.note(evaluated, ms);
    if (proposed.length > 0) widest = accepted === proposed.length ? Math.max(widest, 2 * evaluated) : firstBatch;
    for (const token of sampled) draft.note(token);
    evaluateNext = sampled.at(-1) ?? evaluateNext;
    return { tokens: sampled, ms, width: evaluated };
  }

  return { next, end: async () => {} };
}

/** How many tokens a batch may have to stay near `targetMs`. `rate` is tokens per second; null if unknown. */
function batchWidth(rate: number | null) {
  let recent = rate === null ? [] : [1000 / rate];
  return {
    most(): number {
      // The middle of the last few: one hiccup of a busy machine is no change of pace.
      const perToken = [...recent].sort((a, b) => a - b)[recent.length >> 1] ?? targetMs / firstBatch;
      const batches = Math.round(targetMs / perToken / firstBatch);
      return Math.min(Math.max(batches * firstBatch, firstBatch), largestBatch);
    },
    note(tokens: number, ms: number): void {
      recent = [...recent, ms / tokens].slice(-3);
    },
  };
}

/** Erases what the sequence holds from a place on. */
export async function forgetFrom(sequence: LlamaContextSequence, index: number): Promise<void> {
  if (index >= sequence.nextTokenIndex) return;
  await sequence.eraseContextTokenRanges([{ start: index, end: sequence.nextTokenIndex }]);
}

/** The seed for one place: every call starts its sampler anew, and one seed for all places would repeat the same draw. */
export function seedAt(seed: number, place: number): number {
  let mixed = seed ^ Math.imul(place + 1, 0x9e3779b9);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
