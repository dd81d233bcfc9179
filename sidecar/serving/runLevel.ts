import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured } from './measureRequest.ts';
import type { Random } from './random.ts';
import type { BenchRequest, Session } from './workload.ts';

/** How requests come: so many at once, each as soon as one is answered; or at random times, so many a second. */
export type Load =
  | { kind: 'closed'; concurrency: number }
  /** Times between arrivals are exponential. `concurrency`: the most at once; a request that waits is sent, and timed, later. */
  | { kind: 'rate'; perSecond: number; concurrency: number | null };

export interface LevelRun {
  measured: Measured[];
  /** From the first request to the last answer (ms). */
  durationMs: number;
  /** How much of that time this process was busy: 0 to 1. */
  clientBusy: number;
}

/** Sends the sessions of one level. Ends early, with what was measured, when `signal` says so. */
export async function runLevel(options: {
  sessions: readonly Session[];
  load: Load;
  random: Random;
  measure(request: BenchRequest, signal: AbortSignal): Promise<Measured>;
  onMeasured(measured: Measured): void;
  signal: AbortSignal;
}): Promise<LevelRun> {
  const { sessions, load, signal } = options;
  const measured: Measured[] = [];
  const startedAt = performance.now();
  const utilization = performance.eventLoopUtilization();

  async function runSession(session: Session): Promise<void> {
    for (const request of session) {
      if (signal.aborted) return;
      const one = await options.measure(request, signal);
      measured.push(one);
      options.onMeasured(one);
    }
  }

  /** `places` at once, taking the sessions in their order. */
  async function runAll(places: number, due: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const work = async () => {
      for (let at = next++; at < sessions.length && !signal.aborted; at = next++) {
        await due(at);
        const session = sessions[at];
        if (session) await runSession(session);
      }
    };
    await Promise.all(Array.from({ length: Math.min(places, sessions.length) }, work));
  }

  if (load.kind === 'closed') await runAll(load.concurrency, async () => undefined);
  else {
    const arrivals = poissonArrivals(options.random, load.perSecond, sessions.length);
    await runAll(load.concurrency ?? sessions.length, async (index) => {
      const waitMs = startedAt + (arrivals[index] ?? 0) - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    });
  }
  return {
    measured,
    durationMs: performance.now() - startedAt,
    clientBusy: performance.eventLoopUtilization(utilization).utilization,
  };
}

/** Times of `count` arrivals of a Poisson process, the first at 0 (ms). */
export function poissonArrivals(random: Random, perSecond: number, count: number): number[] {
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) at += (-Math.log(1 - random.fraction()) / perSecond) * 1000;
    return at;
  });
}
