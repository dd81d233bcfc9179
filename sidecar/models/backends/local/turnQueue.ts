export interface Turn {
  release(): void;
}

/** Gives one caller at a time its turn, in the order they came. */
export interface TurnQueue {
  /**
   * The turn, or null when the signal aborted first. `onWait` is called about twice a second while waiting; `ahead` counts
   * those that come first, the one that runs included.
   */
  take(signal: AbortSignal, onWait: (waitedMs: number, ahead: number) => void): Promise<Turn | null>;
  /** Somebody has the turn. */
  busy(): boolean;
}

const sayEveryMs = 500;

export function createTurnQueue(): TurnQueue {
  const waiting: (() => void)[] = [];
  let busy = false;

  function turn(): Turn {
    let released = false;
    return {
      release() {
        if (released) return;
        released = true;
        const next = waiting.shift();
        if (next) next();
        else busy = false;
      },
    };
  }

  return {
    busy: () => busy,
    async take(signal, onWait) {
      if (signal.aborted) return null;
      if (!busy) {
        busy = true;
        return turn();
      }
      const startedAt = performance.now();
      let go = () => {};
      const say = () => onWait(Math.round(performance.now() - startedAt), Math.max(0, waiting.indexOf(go)) + 1);
      const timer = setInterval(say, sayEveryMs);
      try {
        return await new Promise<Turn | null>((resolve) => {
          go = () => {
            signal.removeEventListener('abort', leave);
            resolve(turn());
          };
          const leave = () => {
            const at = waiting.indexOf(go);
            if (at !== -1) waiting.splice(at, 1);
            resolve(null);
          };
          waiting.push(go);
          say();
          signal.addEventListener('abort', leave, { once: true });
        });
      } finally {
        clearInterval(timer);
      }
    },
  };
}
