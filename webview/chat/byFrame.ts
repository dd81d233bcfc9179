import { hiddenFrame } from '../hiddenFrame.ts';

/**
 * Collects what comes one by one and hands it on once a frame: a hundred pieces of text a second are drawn as often as
 * the screen is. `flush` hands on at once, `drop` forgets.
 */
export function byFrame<T>(take: (all: T[]) => void): { add(items: readonly T[]): void; flush(): void; drop(): void } {
  let waiting: T[] = [];
  const flush = () => {
    const all = waiting;
    waiting = [];
    if (all.length > 0) take(all);
  };
  return {
    add(items) {
      if (waiting.length === 0) {
        requestAnimationFrame(flush);
        setTimeout(flush, hiddenFrame);
      }
      waiting.push(...items);
    },
    flush,
    drop() {
      waiting = [];
    },
  };
}
