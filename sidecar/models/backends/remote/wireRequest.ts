import type { StreamRequest } from '../../backend.ts';
import { chatBody, prefixOf } from './chatRequest.ts';
import { wireMessages } from './conversation.ts';
import { type ChunkDecoder, createChunkDecoder } from './decodeChunk.ts';
import { createLmStudioDecoder, lmStudioBody } from './lmStudioChat.ts';
import { createOllamaDecoder, ollamaBody } from './ollamaChat.ts';
import type { ServerFacts } from './serverFacts.ts';
import type { ServerUrl } from './serverUrl.ts';
import { traitsOf } from './traits.ts';

/** One request in a server's own words, and who reads its answer. */
export interface WireRequest {
  url: string;
  body: Record<string, unknown>;
  /** Server-sent events, or a JSON object a line. */
  framing: 'events' | 'lines';
  createDecoder(): ChunkDecoder;
  /** The answer may begin with this text, which was sent: it is taken off. */
  repeats: string;
  /** A prompt of so many tokens was cut by the server without a word; null: it does not do that. */
  cutAt: number | null;
}

/** `most`: tokens of the answer. `numCtx`: the context that Ollama is asked for. */
export function wireRequest(
  request: StreamRequest,
  facts: ServerFacts,
  server: ServerUrl,
  { most, numCtx }: { most: number; numCtx: number | null },
): WireRequest {
  const traits = traitsOf(facts.kind);
  if (traits.api === 'ollama') {
    return {
      url: `${server.root}/api/chat`,
      body: ollamaBody(request, facts.model, { most, numCtx }),
      framing: 'lines',
      createDecoder: createOllamaDecoder,
      repeats: '',
      cutAt: numCtx,
    };
  }
  const native = traits.api === 'lmstudio' ? lmStudioBody(request, facts.model, most) : null;
  if (native) {
    return {
      url: `${server.root}/api/v1/chat`,
      body: native,
      framing: 'events',
      createDecoder: () => createLmStudioDecoder(most),
      repeats: '',
      cutAt: null,
    };
  }
  const repeats = traits.repeatsPrefix ? (prefixOf(wireMessages(request.messages)) ?? '') : '';
  return {
    url: `${server.api}/chat/completions`,
    body: chatBody(request, facts, most),
    framing: 'events',
    createDecoder: createChunkDecoder,
    repeats,
    cutAt: null,
  };
}
