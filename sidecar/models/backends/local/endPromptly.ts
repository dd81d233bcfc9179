import type { ModelEvent } from '../../backend.ts';

/** What a step of the engine may take after Cancel before the stream ends without it. */
const graceMs = 200;

/**
 * Ends a stream soon after its signal, also when the engine is in the middle of a step that a busy machine makes long.
 * The step then ends by itself, and with it the turn; only what it would still have told is lost.
 */
export async function* endPromptly(
  events: AsyncGenerator<ModelEvent>,
  signal: AbortSignal,
  onLateError: (error: unknown) => void,
): AsyncGenerator<ModelEvent> {
  let running: Promise<IteratorResult<ModelEvent>> | undefined;
  try {
    for (;;) {
      running = events.next();
      const step = await unlessLate(running, signal);
      if (step === null) return yield { type: 'finish', reason: 'cancelled' };
      running = undefined;
      if (step.done) return;
      yield step.value;
    }
  } finally {
    if (running) running.then(() => events.return(undefined)).catch(onLateError);
    else await events.return(undefined);
  }
}

/** What a promise gives, or null once the grace after the abort is over. */
async function unlessLate<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  let start = () => {};
  const late = new Promise<null>((resolve) => {
    start = () => {
      timer = setTimeout(resolve, graceMs, null);
    };
  });
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', start);
  }
}
