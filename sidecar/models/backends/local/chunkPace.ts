/** Sizes the chunks in which a prompt is read, so that Cancel never waits longer than one chunk. */
export interface ChunkPace {
  /** Tokens of the next chunk. */
  size(): number;
  note(tokens: number, ms: number): void;
}

/** A little under the 300 ms that a chunk may take where the machine can read `step` tokens in that time. */
const targetMs = 275;
const largest = 512;
/** Smaller chunks waste a good part of the rate; who cancels does not wait for the chunk to end (`endPromptly.ts`). */
const step = 16;
const remembered = 3;

/** `rate` is tokens per second of an earlier run, null if there is none. */
export function createChunkPace(rate: number | null): ChunkPace {
  let recent: number[] = rate === null ? [] : [1000 / rate];
  let last = 0;
  return {
    size() {
      // The middle of the last few: one hiccup of a busy machine is no change of pace.
      const perToken = [...recent].sort((a, b) => a - b)[recent.length >> 1];
      if (perToken === undefined) return step;
      // A large chunk is quicker per token than a small one: grow in steps to find out.
      const wanted = Math.min(targetMs / perToken, last === 0 ? largest : 2 * last, largest);
      return Math.max(step, Math.floor(wanted / step) * step);
    },
    note(tokens, ms) {
      recent = [...recent, ms / Math.max(1, tokens)].slice(-remembered);
      last = Math.max(step, tokens);
    },
  };
}
