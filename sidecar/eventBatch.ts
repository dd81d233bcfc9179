/** Collects what happens within one turn of the event loop. */
export interface EventBatch<T> {
  add(event: T): void;
  /** Sends now what waits: before an answer that goes another way and must not overtake it, and at the end. */
  flush(): void;
}

/** What is to be sent at the end of this turn; what that itself adds to another batch still goes along. */
const due: (() => void)[] = [];
let planned = false;

function plan(flush: () => void): void {
  due.push(flush);
  if (planned) return;
  planned = true;
  setImmediate(sendDue);
}

function sendDue(): void {
  try {
    for (let flush = due.shift(); flush; flush = due.shift()) flush();
  } finally {
    // After one that threw the others have their turn.
    planned = due.length > 0;
    if (planned) setImmediate(sendDue);
  }
}

/**
 * Calls `send` once with all events of one turn of the event loop, in order. Node reads every socket that has bytes
 * before it runs immediates, so that streams which advance together share a message, and an event that comes alone
 * goes out as soon as its own bytes are read: there is no timer.
 */
export function createEventBatch<T>(send: (events: T[]) => void): EventBatch<T> {
  let waiting: T[] = [];

  function flush(): void {
    if (waiting.length === 0) return;
    const events = waiting;
    // Before the call: `send` may add to it.
    waiting = [];
    send(events);
  }

  return {
    add(event) {
      if (waiting.length === 0) plan(flush);
      waiting.push(event);
    },
    flush,
  };
}
