import type { SessionClient } from './sessionClient.ts';

/** A deleted session can be taken back so long, in milliseconds. */
const undoFor = 10_000;

/**
 * Sessions that the person deleted a moment ago. Nothing is removed from disk before the time is over: a reload of the
 * panel changes nothing, and a window that closes before keeps them.
 */
export interface Removals {
  has(sessionId: string): boolean;
  add(sessionId: string): void;
  undo(sessionId: string): Promise<void>;
  dispose(): void;
}

/** `onChange`: the rows of the history are others. */
export function createRemovals(
  sessions: Pick<SessionClient, 'shown' | 'newSession' | 'open' | 'remove'>,
  onChange: () => void,
  onError: (error: unknown) => void,
): Removals {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** The one that was shown when it was deleted. */
  let leftShown = '';

  function forget(sessionId: string): void {
    clearTimeout(timers.get(sessionId));
    timers.delete(sessionId);
    onChange();
  }

  return {
    has: (sessionId) => timers.has(sessionId),
    add(sessionId) {
      clearTimeout(timers.get(sessionId));
      const remove = () =>
        sessions
          .remove(sessionId)
          .catch(onError)
          .finally(() => forget(sessionId));
      timers.set(sessionId, setTimeout(remove, undoFor));
      if (sessions.shown().id === sessionId) {
        leftShown = sessionId;
        sessions.newSession();
      }
      onChange();
    },
    async undo(sessionId) {
      if (!timers.has(sessionId)) return;
      forget(sessionId);
      if (leftShown === sessionId && sessions.shown().id === '') await sessions.open(sessionId);
    },
    dispose() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
