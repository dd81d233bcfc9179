import { randomUUID } from 'node:crypto';
import type { SessionContext } from '../protocol/sessionContext.ts';
import type { WaitingMessage } from '../protocol/sessionEvents.ts';

export interface SentMessage {
  text: string;
  context: readonly SessionContext[];
}

/** What was sent while a turn runs, in the order in which it is taken: what steers comes before what has a turn of its own. */
export interface WaitingMessages {
  /** As the editor shows them. */
  shown(): WaitingMessage[];
  add(message: SentMessage, kind: WaitingMessage['kind']): void;
  /** The first one, which waits no longer. */
  takeFirst(): SentMessage | undefined;
  /** The first one that steers, which waits no longer. */
  takeSteer(): SentMessage | undefined;
  /** A message that waits, taken back; null if it was taken meanwhile. */
  takeBack(messageId: string): SentMessage | null;
  /** One place up or down; it takes the kind of the message that it passes. */
  move(messageId: string, by: -1 | 1): void;
  /** Aborted as soon as a message waits that is to be taken now. */
  steered(): AbortSignal;
}

/** `onChange` is told what waits now. */
export function createWaitingMessages(onChange: (messages: WaitingMessage[]) => void): WaitingMessages {
  let waiting: (WaitingMessage & SentMessage)[] = [];
  let steering = new AbortController();

  const shown = () => waiting.map(({ id, kind, text }) => ({ id, kind, text }));

  function take(found: WaitingMessage): void {
    waiting = waiting.filter((one) => one !== found);
    onChange(shown());
  }

  return {
    shown,
    add(message, kind) {
      const queued = waiting.findIndex((one) => one.kind === 'queue');
      const at = kind === 'queue' || queued < 0 ? waiting.length : queued;
      waiting.splice(at, 0, { id: randomUUID(), kind, ...message });
      onChange(shown());
      if (kind === 'steer') steering.abort();
    },
    takeFirst() {
      const [first] = waiting;
      if (first) take(first);
      return first;
    },
    takeSteer() {
      const steer = waiting.find(({ kind }) => kind === 'steer');
      if (steer) take(steer);
      return steer;
    },
    takeBack(messageId) {
      const found = waiting.find(({ id }) => id === messageId);
      if (!found) return null;
      take(found);
      return { text: found.text, context: found.context };
    },
    move(messageId, by) {
      const from = waiting.findIndex(({ id }) => id === messageId);
      const moved = waiting[from];
      const passed = waiting[from + by];
      if (!moved || !passed) return;
      waiting[from] = passed;
      waiting[from + by] = { ...moved, kind: passed.kind };
      onChange(shown());
      if (passed.kind === 'steer') steering.abort();
    },
    steered() {
      steering = new AbortController();
      if (waiting.some(({ kind }) => kind === 'steer')) steering.abort();
      return steering.signal;
    },
  };
}
