import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that a walk keeps the event loop: what streams meanwhile does not stutter. */
const longestMs = 10;

/**
 * For walks over many files by calls that wait for the disk, which take a tenth of the time of those that do not: awaited
 * between two of them, it lets the rest of the process go on when the walk has had its share.
 */
export function createBreather(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < longestMs) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
}
