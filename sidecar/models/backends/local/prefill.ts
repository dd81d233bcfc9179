import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { ModelEvent } from '../../backend.ts';
import type { ChunkPace } from './chunkPace.ts';

export interface PrefillResult {
  cancelled: boolean;
  /** Tokens of the prompt that were in the sequence already. */
  reused: number;
  evaluated: number;
  ms: number;
}

export interface PrefillHooks {
  note(msPerToken: number): void;
  /** Something to do with the sequence when it holds this many tokens of the prompt, if it holds fewer now. */
  pause?: { at: number; run(): Promise<void> };
}

/**
 * Reads a prompt into the sequence, all but its last token (which is evaluated when the first token is sampled), keeping
 * what the sequence has in common with it. Says where it is after each chunk; the signal is looked at between chunks.
 */
export async function* prefill(
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  pace: ChunkPace,
  signal: AbortSignal,
  { note, pause }: PrefillHooks,
): AsyncGenerator<ModelEvent, PrefillResult> {
  const total = prompt.length;
  const wanted = prompt.slice(0, -1);
  // Without the shift: shifted tokens are not what the model would have computed.
  await sequence.adaptStateToTokens(wanted, false);
  const reused = sequence.nextTokenIndex;
  let ms = 0;
  let chunks = 0;
  const result = (cancelled: boolean): PrefillResult => ({
    cancelled,
    reused,
    evaluated: sequence.nextTokenIndex - reused,
    ms,
  });
  // When only the last token is left there is nothing to wait for.
  const oneTime = (at: number) => (pause && at < pause.at ? { oneTime: true as const } : {});
  if (reused < wanted.length) yield { type: 'prefill', done: reused, total, reused, ...oneTime(reused) };
  for (let at = reused; at < wanted.length; ) {
    if (signal.aborted) return result(true);
    const stop = pause && at < pause.at ? pause.at : wanted.length;
    const chunk = wanted.slice(at, Math.min(at + pace.size(), stop));
    const startedAt = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(chunk);
    const took = performance.now() - startedAt;
    at += chunk.length;
    ms += took;
    chunks++;
    pace.note(chunk.length, took);
    note(took / chunk.length);
    if (at === pause?.at) await pause.run();
    const left = (wanted.length - at) * (ms / (at - reused));
    yield {
      type: 'prefill',
      done: at,
      total,
      reused,
      ...(chunks < 2 ? {} : { msLeft: Math.round(left) }),
      ...oneTime(at),
    };
  }
  return result(signal.aborted);
}
