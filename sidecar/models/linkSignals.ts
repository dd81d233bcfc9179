import { setMaxListeners } from 'node:events';
import { pipe } from './backends/local/eventPipe.ts';

/**
 * One signal for several that leaves nothing on them once it is released. `AbortSignal.any` leaves an entry on each for
 * as long as that lives, and some live as long as the process.
 */
export function linkSignals(...signals: readonly AbortSignal[]): {
  signal: AbortSignal;
  abort(): void;
  release(): void;
} {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of signals) {
    // As many streams as there are listen, and each leaves: more than ten are no leak. Not 0, which Node 20's own
    // `getMaxListeners` takes for no signal at all; and never without a signal, which would set the default of all.
    setMaxListeners(Number.POSITIVE_INFINITY, signal);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    abort,
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

/** What a task tells, as a stream under linked signals. To leave the stream aborts the task. */
export function linkedPipe<T>(
  signals: readonly AbortSignal[],
  task: (signal: AbortSignal, tell: (event: T) => void) => Promise<void>,
): AsyncGenerator<T, void> {
  let abort = () => {};
  return pipe<T, void>(
    async (tell) => {
      const linked = linkSignals(...signals);
      abort = linked.abort;
      try {
        await task(linked.signal, tell);
      } finally {
        linked.release();
      }
    },
    () => abort(),
  );
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
