/** Sizes the chunks in which a prompt is read, so that Cancel never waits longer than one chunk. */
export interface ChunkPace {
  /** Tokens of the next chunk. */
  size(): number;
  note(tokens: number, ms: number): void;
}

/** A little under the 300 ms that a chunk may take at most. */
const targetMs = 275;
const largest = 512;
/** llama.cpp's kernels work on four tokens at a time: 4 and 8 are no slower than 2 and 6. */
const step = 4;
const remembered = 3;

/** `rate` is tokens per second of an earlier run, null if there is none. */
export function createChunkPace(rate: number | null): ChunkPace {
  let recent: number[] = rate === null ? [] : [1000 / rate];
  let last = 0;
  return {
    size() {
      // The middle of the last few: one hiccup of a busy machine is no change of pace.
      const perToken = [...recent].sort((a, b) => a - b)[recent.length >> 1];
      if (perToken === undefined) return 2 * step;
      // A large chunk is quicker per token than a small one: grow in steps to find out.
      const wanted = Math.min(targetMs / perToken, last === 0 ? largest : 2 * last, largest);
      const unit = wanted >= 64 ? 16 : step;
      return Math.max(step, Math.floor(wanted / unit) * unit);
    },
    note(tokens, ms) {
      recent = [...recent, ms / Math.max(1, tokens)].slice(-remembered);
      last = Math.max(step, tokens);
    },
  };
}
