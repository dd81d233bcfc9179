import type { StreamRequest } from '../../backend.ts';
import { wireMessages, wireTools } from './conversation.ts';
import type { ServerFacts, ServerKind } from './serverFacts.ts';

/** What each server takes beyond the common fields; an unknown field is a 422 from transformers and Mistral. */
const extras: Record<ServerKind, { minP: boolean; seed: 'seed' | 'random_seed'; usage: boolean; progress: boolean }> = {
  vllm: { minP: true, seed: 'seed', usage: true, progress: false },
  sglang: { minP: true, seed: 'seed', usage: true, progress: false },
  llamacpp: { minP: true, seed: 'seed', usage: true, progress: true },
  ollama: { minP: false, seed: 'seed', usage: true, progress: false },
  lmstudio: { minP: false, seed: 'seed', usage: true, progress: false },
  transformers: { minP: false, seed: 'seed', usage: true, progress: false },
  // Sends the usage unasked.
  mistral: { minP: false, seed: 'random_seed', usage: false, progress: false },
  other: { minP: false, seed: 'seed', usage: true, progress: false },
};

/** The body of a streamed chat completion. `room` is the most tokens the answer can have; null if that is not known. */
export function chatBody(request: StreamRequest, facts: ServerFacts, room: number | null): Record<string, unknown> {
  const { temperature, topP, minP, seed, maxTokens } = request.sampling;
  const takes = extras[facts.kind];
  // vLLM and SGLang refuse an answer that could not fit.
  const most = Math.max(1, room === null ? maxTokens : Math.min(maxTokens, room));
  return {
    ...(facts.model === '' ? {} : { model: facts.model }),
    messages: wireMessages(request.messages),
    ...wireTools(request.tools),
    stream: true,
    ...(takes.usage ? { stream_options: { include_usage: true } } : {}),
    temperature,
    max_tokens: most,
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined || !takes.minP ? {} : { min_p: minP }),
    ...(seed === undefined ? {} : { [takes.seed]: seed }),
    ...(takes.progress ? { return_progress: true } : {}),
  };
}
