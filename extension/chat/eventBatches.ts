import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';

/** Milliseconds between two messages to the panel: about 30 a second, of which 4 bring progress. */
const postEvery = 33;
const progressEvery = 250;

/** Joins what comes in a session into fewer messages, in its order. The first goes out at once. */
export interface EventBatches {
  add(events: readonly SessionEvent[]): void;
  /** Says what waits now. */
  flush(): void;
  /** Forgets what waits: the panel gets all of it in another way. */
  clear(): void;
}

export function createEventBatches(post: (events: SessionEvent[]) => void): EventBatches {
  let batch: SessionEvent[] = [];
  /** The newest progress; it only goes out while nothing newer has. */
  let progress: SessionEvent | undefined;
  let progressAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    timer = undefined;
    if (progress && Date.now() - progressAt >= progressEvery) {
      batch.push(progress);
      progress = undefined;
      progressAt = Date.now();
    }
    if (batch.length === 0 && !progress) return;
    timer = setTimeout(flush, postEvery);
    if (batch.length === 0) return;
    const events = batch;
    batch = [];
    post(events);
  }

  return {
    add(events) {
      for (const event of events) {
        if (isProgress(event)) {
          progress = event;
          continue;
        }
        // What was read until now is of no interest once something has come of it.
        progress = undefined;
        push(batch, event);
      }
      if (timer === undefined) flush();
    },
    flush() {
      clearTimeout(timer);
      flush();
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      batch = [];
      progress = undefined;
    },
  };
}

/** Each is newer than the one before; a notice stays, and the speed of writing is told twice a second beside the text. */
const isProgress = ({ event }: SessionEvent) =>
  event.type === 'progress' && event.progress.phase !== 'notice' && event.progress.phase !== 'writing';

/** Appends an event; a piece of text joins the piece before it. */
function push(batch: SessionEvent[], added: SessionEvent): void {
  const last = batch.at(-1)?.event;
  const { event } = added;
  const joins =
    (event.type === 'text' && last?.type === 'text') ||
    (event.type === 'reasoning' && last?.type === 'reasoning') ||
    (event.type === 'output' && last?.type === 'output' && event.callId === last.callId);
  if (!joins) batch.push(added);
  else batch[batch.length - 1] = { event: { ...event, text: last.text + event.text } };
}
