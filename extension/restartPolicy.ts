/** What to do after the sidecar ended by itself. */
export type ExitDecision =
  | { kind: 'restart'; delayMs: number; tell: boolean }
  /** It died at once with the editor's own runtime: `node` from the path gets one try. */
  | { kind: 'tryNode' }
  | { kind: 'giveUp'; count: number; minutes: number };

const windowMs = 5 * 60_000;
const maxExits = 3;

/** Back-off after an unexpected end: 0.5 s, 2 s, then off after three ends in five minutes. The person is told once. */
export function createRestartPolicy(
  now: () => number = Date.now,
): (uptimeMs: number, mayTryNode: boolean) => ExitDecision {
  let exits: number[] = [];
  let told = false;
  let first = true;
  return (uptimeMs, mayTryNode) => {
    const wasFirst = first;
    first = false;
    if (wasFirst && uptimeMs < 10_000 && mayTryNode) return { kind: 'tryNode' };
    exits = [...exits.filter((at) => now() - at < windowMs), now()];
    if (exits.length >= maxExits) {
      const minutes = Math.max(1, Math.round((now() - (exits[0] ?? now())) / 60_000));
      const count = exits.length;
      exits = [];
      return { kind: 'giveUp', count, minutes };
    }
    const tell = !told;
    told = true;
    return { kind: 'restart', delayMs: exits.length === 1 ? 500 : 2000, tell };
  };
}
