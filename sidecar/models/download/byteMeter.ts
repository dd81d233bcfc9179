export interface DownloadProgress {
  received: number;
  total: number;
  bytesPerSecond: number;
  msLeft?: number;
}

const sayEveryMs = 250;
/** The rate is that of the last seconds, so that it follows the connection. */
const windowMs = 5000;

/** Tells how a download goes, at most 4 times a second; the time left once a second of it was seen. */
export function createByteMeter(total: number, onProgress: (progress: DownloadProgress) => void) {
  let marks: { ms: number; at: number }[] = [];
  let saidAt = Number.NEGATIVE_INFINITY;

  function say(at: number): void {
    const now = performance.now();
    if (at < total && now - saidAt < sayEveryMs) return;
    saidAt = now;
    marks.push({ ms: now, at });
    marks = marks.filter((mark) => now - mark.ms <= windowMs);
    const first = marks[0] ?? { ms: now, at };
    const ms = now - first.ms;
    const bytesPerSecond = ms > 0 ? Math.round(((at - first.at) * 1000) / ms) : 0;
    const known = ms >= 1000 && bytesPerSecond > 0;
    const msLeft = known ? { msLeft: Math.round(((total - at) * 1000) / bytesPerSecond) } : {};
    onProgress({ received: at, total, bytesPerSecond, ...msLeft });
  }

  return {
    /** Bytes that were there before: they were not received at this rate. */
    begin(at: number): void {
      marks = [];
      saidAt = Number.NEGATIVE_INFINITY;
      say(at);
    },
    note: say,
  };
}
