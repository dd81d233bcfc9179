import type { CompleteRequest } from '../../backend.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { type ChunkDecoder, type ChunkPart, errorPart } from './decodeChunk.ts';

/** The body for llama-server's `/infill`, which knows the control tokens of the model it runs. */
export function infillBody({ prefix, suffix, sampling }: CompleteRequest, most: number): Record<string, unknown> {
  const { temperature, topP, minP, seed } = sampling;
  return {
    input_prefix: prefix,
    input_suffix: suffix,
    stream: true,
    cache_prompt: true,
    n_predict: most,
    temperature,
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined ? {} : { min_p: minP }),
    ...(seed === undefined ? {} : { seed }),
  };
}

const count = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);

/** Reads the events of `/infill`: pieces of text, the last with `stop` and the counts. */
export function createInfillDecoder(): ChunkDecoder {
  return {
    push(chunk) {
      if (!isObject(chunk)) return [];
      const failure = errorPart(chunk);
      if (failure) return [failure];
      const parts: ChunkPart[] = [];
      if (typeof chunk.content === 'string' && chunk.content !== '') parts.push({ type: 'text', text: chunk.content });
      if (chunk.stop !== true) return parts;
      const timings = isObject(chunk.timings) ? chunk.timings : {};
      parts.push({
        type: 'usage',
        promptTokens: count(chunk.tokens_evaluated),
        reusedTokens: count(timings.cache_n),
        outputTokens: count(chunk.tokens_predicted),
        tokensPerSecond: count(timings.predicted_per_second) || null,
      });
      parts.push({ type: 'end', reason: chunk.stop_type === 'limit' ? 'length' : 'stop' }, { type: 'last' });
      return parts;
    },
  };
}
