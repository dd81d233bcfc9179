import type { StreamRequest } from '../../backend.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { wireMessages } from './conversation.ts';
import { type ChunkDecoder, type ChunkPart, errorPart } from './decodeChunk.ts';

/**
 * The body for LM Studio's own `/api/v1/chat`, which tells how far it has loaded the model and read the prompt. It takes
 * no tools of ours, no past answers, no seed and images in a form of its own: null where one is needed, and its OpenAI endpoint has to do.
 */
export function lmStudioBody(request: StreamRequest, model: string, most: number): Record<string, unknown> | null {
  const { temperature, topP, minP, seed } = request.sampling;
  if (request.tools.length > 0 || model === '' || (seed !== undefined && temperature > 0)) return null;
  const [first, ...rest] = wireMessages(request.messages);
  const system = first?.role === 'system' ? first.content : null;
  const asked = system === null ? [first, ...rest] : rest;
  const [input] = asked;
  if (asked.length !== 1 || input?.role !== 'user' || input.images) return null;
  return {
    model,
    input: input.content,
    ...(system === null ? {} : { system_prompt: system }),
    stream: true,
    // Nothing of the conversation is kept there.
    store: false,
    temperature,
    max_output_tokens: most,
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined ? {} : { min_p: minP }),
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const share = (value: unknown) => (typeof value === 'number' ? Math.min(1, Math.max(0, value)) : 0);
const count = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);

/** Reads the events of `/api/v1/chat`. It gives no reason of the end: an answer of `most` tokens was cut. */
export function createLmStudioDecoder(most: number): ChunkDecoder {
  return {
    push(event) {
      if (!isObject(event)) return [];
      const failure = errorPart(event);
      if (failure) return [failure];
      switch (event.type) {
        case 'model_load.progress':
          return [{ type: 'loading', fraction: share(event.progress) }];
        case 'prompt_processing.progress':
          return [{ type: 'share', fraction: share(event.progress) }];
        case 'reasoning.delta':
          return text(event.content) === '' ? [] : [{ type: 'reasoning', text: text(event.content) }];
        case 'message.delta':
          return text(event.content) === '' ? [] : [{ type: 'text', text: text(event.content) }];
        case 'chat.end':
          return ended(isObject(event.result) ? event.result : {}, most);
        default:
          return [];
      }
    },
  };
}

function ended(result: Record<string, unknown>, most: number): ChunkPart[] {
  const stats = isObject(result.stats) ? result.stats : {};
  const outputTokens = count(stats.total_output_tokens);
  return [
    {
      type: 'usage',
      promptTokens: count(stats.input_tokens),
      reusedTokens: 0,
      outputTokens,
      tokensPerSecond: count(stats.tokens_per_second) || null,
    },
    { type: 'end', reason: outputTokens >= most ? 'length' : 'stop' },
    { type: 'last' },
  ];
}
