import type { Llama, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { Rates } from './calibration.ts';

const warmUpTokens = 8;
const chunkTokens = 16;
const decodeTokens = 6;

/**
 * A short measurement on an empty sequence (a few seconds for the starter model on two cores), which is empty again
 * after it. If one thread is faster than all of them, something else is busy now: the better rate counts.
 */
export async function measureRates(
  llama: Llama,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<Rates | null> {
  const threads = llama.maxThreads;
  const at = (from: number, count: number) => tokens.slice(from, from + count);
  // The first tokens also read the weights from the disk.
  await sequence.evaluateWithoutGeneratingNewTokens(at(0, warmUpTokens));
  const rates: Rates = { prefill: 0, decode: 0 };
  for (const [i, count] of (threads > 1 ? [threads, 1] : [threads]).entries()) {
    if (signal.aborted) return null;
    llama.maxThreads = count;
    const startedAt = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(at(warmUpTokens + i * chunkTokens, chunkTokens));
    rates.prefill = Math.max(rates.prefill, (chunkTokens * 1000) / (performance.now() - startedAt));
    rates.decode = Math.max(rates.decode, await decodeRate(sequence, tokens.slice(-1), signal));
  }
  llama.maxThreads = threads;
  await sequence.clearHistory();
  return signal.aborted ? null : rates;
}

async function decodeRate(sequence: LlamaContextSequence, start: Token[], signal: AbortSignal): Promise<number> {
  let tokens = 0;
  let startedAt = 0;
  for await (const _token of sequence.evaluate(start, { temperature: 0, yieldEogToken: true })) {
    if (tokens === 0) startedAt = performance.now();
    if (++tokens > decodeTokens || signal.aborted) break;
  }
  return ((tokens - 1) * 1000) / Math.max(1, performance.now() - startedAt);
}
