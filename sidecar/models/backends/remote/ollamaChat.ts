import type { SamplingOptions, StreamRequest } from '../../backend.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { type WireMessage, wireMessages, wireTools } from './conversation.ts';
import { type ChunkDecoder, type ChunkPart, errorPart } from './decodeChunk.ts';

/**
 * The body for Ollama's own `/api/chat`: only there the context can be set. `truncate` and `shift` off: what does not fit
 * is an error and never dropped without a word.
 */
export function ollamaBody(
  request: StreamRequest,
  model: string,
  limits: { most: number; numCtx: number | null },
): Record<string, unknown> {
  return {
    model,
    messages: ollamaMessages(wireMessages(request.messages)),
    ...wireTools(request.tools),
    stream: true,
    truncate: false,
    shift: false,
    options: ollamaOptions(request.sampling, limits),
  };
}

/** Sampling and context, as both of its own APIs take them. */
export function ollamaOptions(
  { temperature, topP, minP, seed }: SamplingOptions,
  { most, numCtx }: { most: number; numCtx: number | null },
): Record<string, unknown> {
  return {
    temperature,
    num_predict: most,
    ...(numCtx === null ? {} : { num_ctx: numCtx }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined ? {} : { min_p: minP }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** Arguments are objects, and a result names its tool. */
function ollamaMessages(messages: readonly WireMessage[]): unknown[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    if (message.role === 'tool') {
      return { role: 'tool', content: message.content, tool_name: names.get(message.tool_call_id) ?? '' };
    }
    if (message.role !== 'assistant') {
      const { images, ...rest } = message;
      return images ? { ...rest, images: images.map(({ data = '' }) => data) } : message;
    }
    for (const { id, function: called } of message.tool_calls ?? []) names.set(id, called.name);
    const calls = message.tool_calls?.map(({ function: { name, arguments: args } }) => ({
      function: { name, arguments: JSON.parse(args) as unknown },
    }));
    return { role: 'assistant', content: message.content ?? '', ...(calls ? { tool_calls: calls } : {}) };
  });
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const count = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);

/** Reads the lines of an answer of `/api/chat` or `/api/generate`. Each call is whole; times are nanoseconds. */
export function createOllamaDecoder(): ChunkDecoder {
  let calls = 0;
  return {
    push(chunk) {
      if (!isObject(chunk)) return [];
      const failure = errorPart(chunk);
      if (failure) return [failure];
      const parts: ChunkPart[] = [];
      const message = isObject(chunk.message) ? chunk.message : {};
      if (text(message.thinking) !== '') parts.push({ type: 'reasoning', text: text(message.thinking) });
      const said = text(message.content) || text(chunk.response);
      if (said !== '') parts.push({ type: 'text', text: said });
      for (const call of Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : []) {
        const called = isObject(call.function) ? call.function : {};
        const name = text(called.name);
        if (name === '') continue;
        const args = typeof called.arguments === 'string' ? called.arguments : JSON.stringify(called.arguments ?? {});
        parts.push({ type: 'callBegin', call: calls, id: text(call.id) || null, name });
        parts.push({ type: 'callArguments', call: calls, text: args }, { type: 'callEnd', call: calls });
        calls++;
      }
      if (chunk.done !== true) return parts;
      const seconds = count(chunk.eval_duration) / 1e9;
      const outputTokens = count(chunk.eval_count);
      parts.push({
        type: 'usage',
        promptTokens: count(chunk.prompt_eval_count),
        // It does not say how many of them it had read before.
        reusedTokens: 0,
        outputTokens,
        tokensPerSecond: seconds > 0 ? outputTokens / seconds : null,
      });
      parts.push({ type: 'end', reason: chunk.done_reason === 'length' ? 'length' : 'stop' }, { type: 'last' });
      return parts;
    },
  };
}
