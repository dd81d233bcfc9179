/** Where time comes from; tests bring their own. */
export interface Clock {
  now(): number;
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
}

export interface DebounceOptions {
  /** Quiet time after the last call before the action runs. */
  waitMs: number;
  /** A burst of calls may hold the action back for this long at most. */
  maxWaitMs: number;
}

export interface Debounced<A extends unknown[]> {
  (...args: A): void;
  /** Forget the waiting call. */
  cancel(): void;
}

/**
 * Run the action once per burst of calls, with the arguments of the newest call:
 * `waitMs` after the burst ends, or `maxWaitMs` after it began if it does not end before.
 */
export function debounce<A extends unknown[]>(
  action: (...args: A) => void,
  options: DebounceOptions,
  clock: Clock,
): Debounced<A> {
  let timer: unknown;
  let burstStart: number | undefined;
  let newest: A | undefined;

  function run(): void {
    const args = newest;
    cancel();
    if (args !== undefined) action(...args);
  }

  function cancel(): void {
    clock.clearTimer(timer);
    timer = undefined;
    burstStart = undefined;
    newest = undefined;
  }

  function debounced(...args: A): void {
    newest = args;
    burstStart ??= clock.now();
    const left = Math.max(0, burstStart + options.maxWaitMs - clock.now());
    clock.clearTimer(timer);
    timer = clock.setTimer(run, Math.min(options.waitMs, left));
  }

  return Object.assign(debounced, { cancel });
}
