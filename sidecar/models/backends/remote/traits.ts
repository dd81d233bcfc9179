import type { ServerKind } from './serverFacts.ts';

/**
 * What one kind of server takes and gives beyond the common fields of a chat completion. A new difference is a column
 * here, a new server a row; the code asks for a trait and never for a name.
 */
export interface ServerTraits {
  /** The API that answers: `/v1/chat/completions`, or the server's own where only that can do what we need. */
  api: 'openai' | 'ollama' | 'lmstudio';
  /** Takes `min_p`; an unknown field is a 422 from transformers and Mistral. */
  minP: boolean;
  seed: 'seed' | 'random_seed';
  /** Sends the usage only when `stream_options` asks for it. */
  usageOnRequest: boolean;
  /** Takes `return_progress` and tells how much of the prompt it has read. */
  progress: boolean;
  /** How it is told that the last message is the beginning of the answer; `bare`: it sees that by itself. */
  continues: 'flags' | 'prefix' | 'bare';
  /** Its continued answer begins with the text that it was given. */
  repeatsPrefix: boolean;
  /** Takes `prompt_cache_key`: requests of one conversation find the same cache. */
  cacheKey: boolean;
  /** Its parser drops a call that it cannot read: an empty answer that ends with `stop` was a call. */
  losesCalls: boolean;
  /** Scales images in its own way, so that their tokens are only about known. */
  ownImages: boolean;
  /** How it counts the tokens of a conversation, if it does. */
  counts: 'tokenize' | 'applyTemplate' | null;
  /**
   * How it is asked for what stands between two texts: Mistral's endpoint, Ollama's with a `suffix`, llama-server's
   * `/infill`, or a prompt in the model's own format for `/v1/completions` (vLLM refuses a `suffix` there, SGLang ignores it).
   */
  middle: 'fim' | 'generate' | 'infill' | 'prompt' | null;
}

const common: ServerTraits = {
  api: 'openai',
  minP: false,
  seed: 'seed',
  usageOnRequest: true,
  progress: false,
  continues: 'bare',
  repeatsPrefix: false,
  cacheKey: false,
  losesCalls: false,
  ownImages: false,
  counts: null,
  middle: 'prompt',
};

const table: Record<ServerKind, ServerTraits> = {
  vllm: { ...common, minP: true, continues: 'flags', counts: 'tokenize' },
  sglang: { ...common, minP: true, continues: 'flags', losesCalls: true },
  llamacpp: {
    ...common,
    minP: true,
    progress: true,
    repeatsPrefix: true,
    ownImages: true,
    counts: 'applyTemplate',
    middle: 'infill',
  },
  // Its OpenAI endpoint cannot set the context and cuts what does not fit, silently.
  ollama: { ...common, api: 'ollama', minP: true, losesCalls: true, ownImages: true, middle: 'generate' },
  lmstudio: { ...common, api: 'lmstudio', ownImages: true },
  mistral: {
    ...common,
    seed: 'random_seed',
    usageOnRequest: false,
    continues: 'prefix',
    cacheKey: true,
    middle: 'fim',
  },
  // It serves chats only.
  transformers: { ...common, middle: null },
  other: common,
};

/** What holds for a kind of server. */
export const traitsOf = (kind: ServerKind): ServerTraits => table[kind];
