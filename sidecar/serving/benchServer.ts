import { setMaxListeners } from 'node:events';
import type { BenchTarget } from './benchTarget.ts';
import { type LevelResult, levelResult } from './levelResult.ts';
import type { FailedRequest, Measured } from './measureRequest.ts';
import { createRandom } from './random.ts';
import { type Load, runLevel } from './runLevel.ts';
import type { Workload } from './workload.ts';

export interface BenchPlan {
  workload: Workload;
  /** One after the other. */
  loads: readonly Load[];
  /** Measured at each load. */
  requests: number;
  /** Sent before all others and not measured. */
  warmup: number;
  seed: number;
}

export type BenchEvent =
  /** `load` is null during the warm-up. */
  | { type: 'progress'; load: Load | null; answered: number; failed: number; of: number; chunks: number; ms: number }
  | { type: 'warmupFailed'; failure: FailedRequest }
  | { type: 'level'; result: LevelResult; measured: readonly Measured[] };

/** Most connections that are opened before a level whose concurrency has no limit. */
const mostOpened = 64;

/**
 * Runs the warm-up and each load. Ends early when `signal` says so, or when a load had no answer at all; returns why not
 * all of it was done, or null.
 */
export async function benchServer(
  target: BenchTarget,
  plan: BenchPlan,
  onEvent: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<FailedRequest | 'stopped' | null> {
  const { workload, loads, requests, warmup } = plan;
  const random = createRandom(plan.seed + 1);
  // One for each request at once: no leak.
  setMaxListeners(Number.POSITIVE_INFINITY, signal);
  const [first] = loads;
  if (warmup > 0 && first) {
    const places = Math.min(warmup, first.concurrency ?? 1);
    const { measured } = await run({ kind: 'closed', concurrency: places }, warmup, null);
    const failure = measured.find((one) => one.kind === 'failed');
    if (failure?.final && measured.every(({ kind }) => kind === 'failed')) return failure;
    if (failure) onEvent({ type: 'warmupFailed', failure });
  }
  for (const load of loads) {
    if (signal.aborted) return 'stopped';
    const level = await run(load, requests, load);
    const result = levelResult(level, {
      maxConcurrency: load.concurrency,
      rate: load.kind === 'rate' ? load.perSecond : null,
      cutShort: signal.aborted,
    });
    onEvent({ type: 'level', result, measured: level.measured });
    if (signal.aborted) return 'stopped';
    const failure = level.measured.find((one) => one.kind === 'failed');
    if (failure && result.requests.completed === 0) return failure;
  }
  return null;

  async function run(load: Load, count: number, shown: Load | null) {
    const sessions = workload.take(count, load.concurrency ?? count);
    if (shown) await target.openConnections(Math.min(load.concurrency ?? 1, mostOpened), signal);
    const startedAt = performance.now();
    const progress = { answered: 0, failed: 0, chunks: 0 };
    const report = () => {
      const ms = performance.now() - startedAt;
      onEvent({ type: 'progress', load: shown, of: count, ms, ...progress });
    };
    report();
    return runLevel({
      sessions,
      load,
      random,
      measure: target.measure,
      signal,
      onMeasured(measured: Measured) {
        if (measured.kind === 'answered') progress.answered++;
        if (measured.kind === 'answered') progress.chunks += measured.chunks;
        if (measured.kind === 'failed') progress.failed++;
        report();
      },
    });
  }
}
