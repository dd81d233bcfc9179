import { setMaxListeners } from 'node:events';

/**
 * One signal for several that leaves nothing on them once it is released. `AbortSignal.any` leaves an entry on each for
 * as long as that lives, and some live as long as the process.
 */
export function linkSignals(...signals: readonly AbortSignal[]): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  // As many streams as there are listen, and each leaves: more than ten are no leak.
  setMaxListeners(0, ...signals);
  for (const signal of signals) {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    release() {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}

/** A stream under linked signals, which are released at its end. */
export async function* linkedStream<T>(
  signals: readonly AbortSignal[],
  open: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  const { signal, release } = linkSignals(...signals);
  try {
    yield* open(signal);
  } finally {
    release();
  }
}

/** The same for one result. */
export async function linkedCall<T>(
  signals: readonly AbortSignal[],
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, release } = linkSignals(...signals);
  try {
    return await call(signal);
  } finally {
    release();
  }
}
