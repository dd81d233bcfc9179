import type { Measured } from './measureRequest.ts';
import type { LevelRun } from './runLevel.ts';
import { type Summary, sum, summarise } from './statistics.ts';

/** What one level of load came to, by the definitions of `sglang.bench_serving`. Latencies in milliseconds. */
export interface LevelResult {
  /** Most requests at once; null: as many as came. */
  maxConcurrency: number | null;
  /** Requests a second that were sent on average; null: the next as soon as one was answered. */
  rate: number | null;
  requests: { completed: number; failed: number; unfinished: number };
  failures: Failure[];
  /** Stopped before its end. */
  cutShort: boolean;
  durationMs: number;
  /** Send to first chunk with text; null where nothing was answered. */
  ttft: Summary | null;
  /** (E2E − TTFT) / (output tokens − 1), of answers with more than one token. */
  tpot: Summary | null;
  /** Between successive chunks with text, of all answers together. */
  itl: Summary | null;
  /** Send to last chunk. */
  e2e: Summary | null;
  /** A second; tokens of answered requests. */
  throughput: { requests: number; inputTokens: number | null; outputTokens: number };
  /** Σ E2E / duration: requests at work at once, on average. */
  concurrency: number;
  tokens: TokenCounts;
  /** Share of the time in which this process was busy itself. */
  clientBusy: number;
}

export interface Failure {
  reason: string;
  count: number;
  example: string;
}

export interface TokenCounts {
  /** Null if the server does not say. */
  input: number | null;
  /** Of the input, taken from the server's prefix cache. */
  cachedInput: number | null;
  output: number;
  /** Chunks with text. */
  chunks: number;
  /** Answers whose tokens were counted by the usage that the server sent, and by chunks where it sent none. */
  byUsage: number;
  byChunks: number;
  /** Answers whose usage says another number than their chunks. */
  disagreeing: number;
}

type Answered = Extract<Measured, { kind: 'answered' }>;

export function levelResult(
  run: LevelRun,
  load: { maxConcurrency: number | null; rate: number | null; cutShort: boolean },
): LevelResult {
  const answered = run.measured.filter((one) => one.kind === 'answered');
  const seconds = run.durationMs / 1000;
  const tokens = countTokens(answered);
  const tpot = answered.flatMap((one) => {
    const output = outputTokens(one);
    return output > 1 ? [(one.e2e - one.ttft) / (output - 1)] : [];
  });
  const e2e = answered.map((one) => one.e2e);
  return {
    ...load,
    requests: {
      completed: answered.length,
      failed: run.measured.filter(({ kind }) => kind === 'failed').length,
      unfinished: run.measured.filter(({ kind }) => kind === 'cancelled').length,
    },
    failures: countFailures(run.measured),
    durationMs: run.durationMs,
    ttft: summarise(answered.map((one) => one.ttft)),
    tpot: summarise(tpot),
    itl: summarise(answered.flatMap((one) => one.gaps)),
    e2e: summarise(e2e),
    throughput: {
      requests: answered.length / seconds,
      inputTokens: tokens.input === null ? null : tokens.input / seconds,
      outputTokens: tokens.output / seconds,
    },
    concurrency: sum(e2e) / run.durationMs,
    tokens,
    clientBusy: run.clientBusy,
  };
}

/** Tokens really produced: what the server says that it made, and one a chunk only if it does not say. */
const outputTokens = (one: Answered): number => one.usage?.outputTokens ?? one.chunks;

function countTokens(answered: readonly Answered[]): TokenCounts {
  const usages = answered.flatMap(({ usage }) => (usage ? [usage] : []));
  const all = usages.length === answered.length && usages.length > 0;
  return {
    input: all ? sum(usages.map(({ promptTokens }) => promptTokens)) : null,
    cachedInput: all ? sum(usages.map(({ reusedTokens }) => reusedTokens)) : null,
    output: sum(answered.map(outputTokens)),
    chunks: sum(answered.map(({ chunks }) => chunks)),
    byUsage: usages.length,
    byChunks: answered.length - usages.length,
    disagreeing: answered.filter(({ usage, chunks }) => usage && usage.outputTokens !== chunks).length,
  };
}

/** Each reason once, the most frequent first. */
function countFailures(measured: readonly Measured[]): Failure[] {
  const failures = new Map<string, Failure>();
  for (const one of measured) {
    if (one.kind !== 'failed') continue;
    const known = failures.get(one.reason);
    if (known) known.count++;
    else failures.set(one.reason, { reason: one.reason, count: 1, example: one.example });
  }
  return [...failures.values()].sort((a, b) => b.count - a.count);
}
