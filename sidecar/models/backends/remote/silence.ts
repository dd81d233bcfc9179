/** Tells how long nothing has come, and ends nothing: whether to wait on is for the person to say. */
export interface Silence {
  /** Something advanced. */
  broken(): void;
  stop(): void;
}

/** `tell` is called with the length of a silence (ms): first after `afterMs`, then every five seconds, or `afterMs` if that is less. */
export function createSilence(afterMs: number, tell: (silentMs: number) => void): Silence {
  let since = Date.now();
  let toldAt = 0;
  const everyMs = Math.min(afterMs, 5000);
  const timer = setInterval(
    () => {
      const now = Date.now();
      if (now - since < afterMs || now - toldAt < everyMs) return;
      toldAt = now;
      tell(now - since);
    },
    Math.max(10, Math.min(afterMs / 4, 1000)),
  );
  return {
    broken() {
      since = Date.now();
    },
    stop: () => clearInterval(timer),
  };
}
