import type { ModelEvent } from '../../backend.ts';

/** Tells how long nothing has come, and ends nothing: whether to wait on is for the person to say. */
export interface Silence {
  /** Waits for `pending` and says each time that the silence has become longer. Throws what `pending` throws. */
  during<T>(pending: Promise<T>): AsyncGenerator<ModelEvent, T>;
  /** Something advanced. */
  broken(): void;
  stop(): void;
}

type Settled<T> = { kind: 'value'; value: T } | { kind: 'error'; error: unknown } | { kind: 'silent' };

/** First told after `afterMs`, then every five seconds, or `afterMs` if that is less. */
export function createSilence(afterMs: number): Silence {
  let since = Date.now();
  let toldAt = 0;
  let wake: (() => void) | undefined;
  const everyMs = Math.min(afterMs, 5000);
  const timer = setInterval(
    () => {
      const now = Date.now();
      if (now - since < afterMs || now - toldAt < everyMs) return;
      wake?.();
    },
    Math.max(10, Math.min(afterMs / 4, 1000)),
  );
  return {
    async *during<T>(pending: Promise<T>) {
      for (;;) {
        // One promise a wait: a race with a lasting one would keep what it was ever raced with.
        const settled = await new Promise<Settled<T>>((resolve) => {
          wake = () => resolve({ kind: 'silent' });
          pending.then(
            (value) => resolve({ kind: 'value', value }),
            (error: unknown) => resolve({ kind: 'error', error }),
          );
        });
        wake = undefined;
        if (settled.kind === 'value') return settled.value;
        if (settled.kind === 'error') throw settled.error;
        toldAt = Date.now();
        yield { type: 'stalled', silentMs: toldAt - since };
      }
    },
    broken() {
      since = Date.now();
    },
    stop: () => clearInterval(timer),
  };
}
