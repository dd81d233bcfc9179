import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { SamplingOptions } from '../../backend.ts';
import type { AnswerPiece } from '../../formats/chatFormat.ts';
import { createDetokenizer } from './detokenizer.ts';
import { createDraftSource } from './draftSource.ts';
import { forgetFrom, speculate } from './speculate.ts';
import { type Step, singleTokens } from './tokenSteps.ts';
import type { TokenTable } from './tokens.ts';

export interface DecodeResult {
  reason: 'stop' | 'length' | 'cancelled' | 'noise';
  /** Tokens of the answer, without the one that ended it. */
  tokens: Token[];
  /** Time spent in the engine only. */
  ms: number;
  /** The part that was written one token a step. */
  single: { tokens: number; ms: number };
  drafted: number;
  accepted: number;
}

interface Options {
  sampling: SamplingOptions;
  /** Tokens that the answer is likely to repeat; empty: none. */
  draft: readonly Token[];
  readRate: number | null;
  endsAnswer(control: string): boolean;
  signal: AbortSignal;
  note(kind: 'prefill' | 'decode', msPerToken: number): void;
}

/** Damaged weights load and then give one token for ever. */
const noiseAfter = 128;
/** A token outside the most likely ones is noise; also spares sorting the whole vocabulary. */
const topK = 40;
/** A step of this many tokens is limited by computing, as reading is, and not by the memory. */
const wideStep = 4;

/**
 * Samples an answer after the prompt's last token. Ends at the model's end token, at `maxTokens`, at the end of the
 * context, or within one step of the signal; the last item says how. The sequence then holds the answer's tokens but for
 * the last sampled one.
 */
export async function* decode(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  table: TokenTable,
  last: Token,
  options: Options,
): AsyncGenerator<AnswerPiece | { ended: DecodeResult }> {
  const { sampling, signal } = options;
  const tokens: Token[] = [];
  const text = createDetokenizer((pending, before) => model.detokenize(pending, false, before));
  const rates = { ms: 0, single: { tokens: 0, ms: 0 }, drafted: 0, accepted: 0 };
  const steps = tokenSteps(sequence, last, options);
  const start = sequence.nextTokenIndex;
  /** Sampled tokens that were looked at. */
  let taken = 0;
  let same = 0;
  let width = 1;
  let reason: DecodeResult['reason'] | undefined;
  try {
    while (reason === undefined) {
      // llama.cpp needs a free cell for the token that comes next.
      const room = Math.min(sampling.maxTokens - tokens.length, sequence.contextSize - 1 - sequence.nextTokenIndex);
      if (signal.aborted) reason = 'cancelled';
      else if (room <= 0) reason = 'length';
      if (reason) break;
      const step = await steps.next(room);
      if (step) {
        count(step, rates);
        tell(step, width, options.note);
        width = step.width;
      } else reason = 'stop';
      for (const [i, token] of (step?.tokens ?? []).entries()) {
        if (i > 0 && signal.aborted) reason = 'cancelled';
        if (reason) break;
        taken++;
        const control = table.control(token);
        if (model.isEogToken(token) && options.endsAnswer(control ?? '')) {
          reason = 'stop';
          break;
        }
        same = token === tokens.at(-1) ? same + 1 : 1;
        tokens.push(token);
        if (control === undefined) {
          const fresh = text.push(token);
          if (fresh !== '') yield { text: fresh };
        } else {
          const rest = text.flush();
          if (rest !== '') yield { text: rest };
          yield { control };
        }
        if (same >= noiseAfter) reason = 'noise';
      }
    }
  } finally {
    await steps.end();
    // Of a step that was left in the middle, the sequence holds more than the answer.
    await forgetFrom(sequence, start + taken);
  }
  const rest = text.flush();
  if (rest !== '') yield { text: rest };
  yield { ended: { reason, tokens, ...rates } };
}

function tokenSteps(sequence: LlamaContextSequence, last: Token, { sampling, draft, readRate }: Options) {
  const { temperature, topP = 1, minP = 0, seed = Math.floor(Math.random() * 2 ** 32) } = sampling;
  const chosen = { temperature, topK, topP, minP };
  if (draft.length === 0) return singleTokens(sequence, last, { ...chosen, seed });
  return speculate(sequence, last, { sampling: chosen, seed, draft: createDraftSource(draft), readRate });
}

function count({ tokens, ms, width }: Step, rates: Pick<DecodeResult, 'ms' | 'single' | 'drafted' | 'accepted'>): void {
  rates.ms += ms;
  rates.drafted += width - 1;
  rates.accepted += tokens.length - 1;
  if (width > 1) return;
  rates.single.tokens++;
  rates.single.ms += ms;
}

/** A single token amid a copy is not told: the watch gives up its trial each time that reading and writing change. */
function tell({ ms, width }: Step, widthBefore: number, note: Options['note']): void {
  if (width >= wideStep) note('prefill', ms / width);
  else if (width === 1 && widthBefore === 1) note('decode', ms);
}
