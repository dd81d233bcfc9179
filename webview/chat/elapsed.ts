import { useEffect, useState } from 'preact/hooks';

/** Shorter waits are not shown, in milliseconds. */
export const shortestWait = 300;

/** Milliseconds since a point of time (ms since 1970), anew each second; it stands still without one. */
export function useElapsed(since: number | undefined): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (since === undefined) return;
    const tick = () => setNow(Date.now());
    tick();
    const first = setTimeout(tick, shortestWait);
    const later = setInterval(tick, 1000);
    return () => {
      clearTimeout(first);
      clearInterval(later);
    };
  }, [since]);
  return since === undefined ? 0 : Math.max(0, now - since);
}
