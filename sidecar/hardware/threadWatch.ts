/** Keeps the number of threads at what is fast now. llama.cpp's workers spin: with a busy core, fewer are far faster. */
export interface ThreadWatch {
  /** Takes the time of one token; call it after each. */
  note(kind: 'prefill' | 'decode', msPerToken: number): void;
  threads(): number;
}

interface Options {
  /** Threads to use while nothing else runs. */
  most: number;
  /** Takes effect at the next token. */
  apply(threads: number): void;
  /** Milliseconds a token takes when all is well, from an earlier calibration. */
  expected?: { prefill?: number; decode?: number };
}

const windowSize = 4;
/** A window this many times slower than the best is a collapse, not a longer context. */
const collapse = 3;
/** Fewer threads are kept only if they are this many times faster than the collapsed rate. */
const gain = 1.2;
const firstRetry = 64;
const longestRetry = 1024;

type State =
  | { state: 'steady' }
  /** Fewer threads are being tried; `before` is the collapsed time. */
  | { state: 'down'; from: number; before: number }
  /** More threads are being tried again; `before` is the time with fewer. */
  | { state: 'up'; from: number; before: number };

/** Steps down when the rate collapses, back when that does not help, and tries all threads again from time to time. */
export function createThreadWatch(options: Options): ThreadWatch {
  const best = { prefill: options.expected?.prefill ?? Infinity, decode: options.expected?.decode ?? Infinity };
  let threads = options.most;
  let state: State = { state: 'steady' };
  let kindSeen: 'prefill' | 'decode' = 'decode';
  let window: number[] = [];
  let retryIn = firstRetry;
  let sinceChange = 0;
  /** Tokens until fewer threads are tried again after they were of no use. */
  let pause = 0;

  function change(to: number): void {
    threads = to;
    window = [];
    sinceChange = 0;
    options.apply(to);
  }

  function judge(kind: 'prefill' | 'decode', ms: number): void {
    if (state.state === 'down') {
      const helped = ms * gain < state.before;
      if (!helped && threads > 1) change(threads >> 1);
      else {
        const { from } = state;
        state = { state: 'steady' };
        if (helped) return;
        pause = firstRetry;
        change(from);
      }
    } else if (state.state === 'up') {
      const { from, before } = state;
      state = { state: 'steady' };
      if (ms > before) {
        retryIn = Math.min(retryIn * 2, longestRetry);
        change(from);
      } else retryIn = firstRetry;
    } else if (threads === options.most) {
      best[kind] = Math.min(best[kind], ms);
    }
    if (state.state !== 'steady') return;
    if (threads > 1 && pause <= 0 && ms > collapse * best[kind]) {
      state = { state: 'down', from: threads, before: ms };
      change(threads >> 1);
    } else if (threads < options.most && sinceChange >= retryIn) {
      state = { state: 'up', from: threads, before: ms };
      change(options.most);
    }
  }

  return {
    threads: () => threads,
    note(kind, msPerToken) {
      // A trial cannot compare reading with writing: it is given up.
      if (kind !== kindSeen && state.state !== 'steady') state = { state: 'steady' };
      if (kind !== kindSeen) window = [];
      kindSeen = kind;
      sinceChange++;
      pause--;
      window.push(msPerToken);
      if (window.length < windowSize) return;
      // The middle, so that one hiccup is no collapse.
      const ms = [...window].sort((a, b) => a - b)[windowSize >> 1] ?? 0;
      window = [];
      judge(kind, ms);
    },
  };
}
