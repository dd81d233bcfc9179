import type { TurnProgress } from '../protocol/progress.ts';

type Writing = Extract<TurnProgress, { phase: 'writing' }>;

/** Between two measurements that are told (ms). */
const every = 500;

/** Measures an answer while it is written. A piece counts as a token: models and servers tell one at a time. */
export interface WritingMeter {
  /** A piece of words, or of a call's arguments as JSON; null: nothing new to tell. */
  feed(piece: string, part: 'words' | 'call'): Writing | null;
}

/** `clock`: milliseconds. */
export function createWritingMeter(clock: () => number = () => performance.now()): WritingMeter {
  let pieces = 0;
  let startedAt = 0;
  let toldAt = 0;
  let lines = 1;
  let end = '';
  return {
    feed(piece, part) {
      const now = clock();
      if (pieces === 0) {
        startedAt = now;
        toldAt = now;
      }
      pieces++;
      if (part === 'call') {
        // A line's end within JSON, also one that two pieces share.
        const text = `${end}${piece}`;
        for (const [sequence] of text.matchAll(/\\./gs)) if (sequence === '\\n') lines++;
        end = /(?<!\\)(?:\\\\)*\\$/.test(text) ? '\\' : '';
      }
      if (now - toldAt < every) return null;
      toldAt = now;
      const tokensPerSecond = ((pieces - 1) * 1000) / (now - startedAt);
      const form = part === 'call' ? 'file' : 'text';
      return { phase: 'writing', attempt: 1, attempts: 1, form, lines, changes: 0, tokensPerSecond };
    },
  };
}
