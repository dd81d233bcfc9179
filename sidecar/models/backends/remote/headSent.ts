import { subscribe } from 'node:diagnostics_channel';

/** What undici publishes about a request; the object is the same in all messages. */
interface RequestMessage {
  request: object;
}

const told = new WeakMap<object, () => void>();
let beginning: (() => void) | null = null;
let subscribed = false;

/**
 * Runs `begin`, which starts one undici request, and calls `sent` when the head of that request is written to its socket:
 * undici composes it before, and opens a connection if none is free.
 */
export function tellHeadSent<T>(begin: () => T, sent: () => void): T {
  if (!subscribed) {
    subscribed = true;
    // Published within the call that starts the request.
    subscribe('undici:request:create', (message) => {
      if (beginning) told.set((message as RequestMessage).request, beginning);
    });
    subscribe('undici:client:sendHeaders', (message) => told.get((message as RequestMessage).request)?.());
  }
  beginning = sent;
  try {
    return begin();
  } finally {
    beginning = null;
  }
}
