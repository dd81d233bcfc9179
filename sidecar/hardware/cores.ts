import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { cpu } from 'systeminformation';

/**
 * Cores that are worth a thread of the engine each: physical ones (fast ones where the processor has two kinds), no more
 * than this process may use. At least 1.
 */
export async function usableCores(): Promise<number> {
  const { physicalCores, performanceCores, efficiencyCores } = await cpu();
  const physical = efficiencyCores && performanceCores ? performanceCores : physicalCores;
  return Math.max(1, Math.min(physical || availableParallelism(), availableParallelism(), containerCores()));
}

/** What a Linux container is allowed, which the affinity mask does not show. */
function containerCores(): number {
  try {
    const [quota, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ').map(Number);
    return quota && period ? Math.max(1, Math.floor(quota / period)) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
