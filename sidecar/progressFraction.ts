import type { TurnProgress } from './protocol/progress.ts';

/**
 * Share of the measured time that has passed, 0 to 1, never falling. It is known once the machine's rates are (the
 * `estimated` phase): without a measured rate there is no percent.
 */
export function createFractionMeter(
  now: () => number = () => performance.now(),
): (progress: TurnProgress) => { fraction?: number } {
  let total: number | null = null;
  let startedAt = 0;
  let shown = 0;
  return (progress) => {
    if (progress.phase === 'downloading')
      return { fraction: progress.total === 0 ? 0 : progress.received / progress.total };
    if (progress.phase === 'server') return { fraction: progress.done / progress.total };
    if (progress.phase === 'estimated') {
      total = progress.ms;
      startedAt = now();
    }
    if (total === null || total <= 0) return {};
    // The last hundredth is for the check; an estimate that was too short must not stand at 100%.
    shown = Math.max(shown, Math.min(0.99, (now() - startedAt) / total));
    return { fraction: shown };
  };
}
