/**
 * Collects what comes in one turn of the event loop and sends it at its end, in order. The first waits for no timer, so
 * nothing is later than the messages of the same turn would be.
 */
export function createEventBatch<T>(send: (events: T[]) => void): { add(event: T): void; flush(): void } {
  let waiting: T[] = [];
  let planned = false;

  function flush(): void {
    const events = waiting;
    waiting = [];
    if (events.length > 0) send(events);
  }

  return {
    add(event) {
      waiting.push(event);
      if (planned) return;
      planned = true;
      setImmediate(() => {
        planned = false;
        flush();
      });
    },
    flush,
  };
}
