import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { SamplingOptions } from '../../backend.ts';
import type { AnswerPiece } from '../../formats/chatFormat.ts';
import { createDetokenizer } from './detokenizer.ts';
import type { TokenTable } from './tokens.ts';

export interface DecodeResult {
  reason: 'stop' | 'length' | 'cancelled' | 'noise';
  /** Tokens of the answer, without the one that ended it. */
  tokens: Token[];
  /** Time spent in the engine only. */
  ms: number;
}

interface Options {
  sampling: SamplingOptions;
  endsAnswer(control: string): boolean;
  signal: AbortSignal;
  note(msPerToken: number): void;
}

/** Damaged weights load and then give one token for ever. */
const noiseAfter = 128;
/** A token outside the most likely ones is noise; also spares sorting the whole vocabulary. */
const topK = 40;

/**
 * Samples an answer token by token after the prompt's last token. Ends at the model's end token, at `maxTokens`, at the
 * end of the context, or within one token of the signal; the last item says how. The last token is not in the sequence.
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
  let ms = 0;
  let same = 0;
  const evaluation = sequence.evaluate([last], {
    temperature: sampling.temperature,
    topK,
    topP: sampling.topP ?? 1,
    minP: sampling.minP ?? 0,
    ...(sampling.seed === undefined ? { seed: randomSeed() } : { seed: sampling.seed }),
    yieldEogToken: true,
  });
  let reason: DecodeResult['reason'] | undefined;
  try {
    while (reason === undefined) {
      if (signal.aborted) reason = 'cancelled';
      else if (tokens.length >= sampling.maxTokens) reason = 'length';
      // llama.cpp needs a free cell for the token that comes next.
      else if (sequence.nextTokenIndex >= sequence.contextSize - 1) reason = 'length';
      if (reason) break;
      const startedAt = performance.now();
      const next = await evaluation.next();
      const took = performance.now() - startedAt;
      ms += took;
      if (next.done) {
        reason = 'stop';
        break;
      }
      options.note(took);
      const token = next.value;
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
  } finally {
    await evaluation.return();
  }
  const rest = text.flush();
  if (rest !== '') yield { text: rest };
  yield { ended: { reason, tokens, ms } };
}

const randomSeed = () => Math.floor(Math.random() * 2 ** 32);
