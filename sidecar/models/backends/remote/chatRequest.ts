import { createHash } from 'node:crypto';
import type { SamplingOptions, StreamRequest } from '../../backend.ts';
import { openAiMessages, type WireMessage, wireMessages, wireText, wireTools } from './conversation.ts';
import type { ServerFacts } from './serverFacts.ts';
import { type ServerTraits, traitsOf } from './traits.ts';

/** The body of a streamed chat completion. `most`: tokens of the answer; vLLM and SGLang refuse what could not fit. */
export function chatBody(request: StreamRequest, facts: ServerFacts, most: number): Record<string, unknown> {
  const takes = traitsOf(facts.kind);
  const messages = wireMessages(request.messages);
  return {
    ...continued(messages, takes),
    ...wireTools(request.tools),
    ...sharedFields(request.sampling, facts, most),
    ...(takes.progress ? { return_progress: true } : {}),
    ...(takes.cacheKey ? { prompt_cache_key: cacheKey(messages) } : {}),
  };
}

/** What chat and text completions have in common: the model, the stream, the sampling. */
export function sharedFields(sampling: SamplingOptions, facts: ServerFacts, most: number): Record<string, unknown> {
  const { temperature, topP, minP, seed } = sampling;
  const takes = traitsOf(facts.kind);
  return {
    ...(facts.model === '' ? {} : { model: facts.model }),
    stream: true,
    ...(takes.usageOnRequest ? { stream_options: { include_usage: true } } : {}),
    temperature,
    max_tokens: most,
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined || !takes.minP ? {} : { min_p: minP }),
    ...(seed === undefined ? {} : { [takes.seed]: seed }),
  };
}

/** The text that an answer goes on from: a last message of the assistant without calls. */
export function prefixOf(messages: readonly WireMessage[]): string | null {
  const last = messages.at(-1);
  return last?.role === 'assistant' && last.tool_calls === undefined ? (last.content ?? '') : null;
}

function continued(messages: WireMessage[], takes: ServerTraits): Record<string, unknown> {
  const prefix = prefixOf(messages);
  const all = openAiMessages(messages);
  if (prefix === null || takes.continues === 'bare') return { messages: all };
  if (takes.continues === 'flags') return { messages: all, continue_final_message: true, add_generation_prompt: false };
  return { messages: [...all.slice(0, -1), { role: 'assistant', content: prefix, prefix: true }] };
}

/** The same for all turns of a conversation: of what it begins with. */
function cacheKey(messages: readonly WireMessage[]): string {
  const first = messages.findIndex(({ role }) => role === 'user');
  return createHash('sha256')
    .update(wireText(messages.slice(0, first + 1)))
    .digest('hex')
    .slice(0, 32);
}
