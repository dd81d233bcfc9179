import type { CompleteRequest } from '../../backend.ts';
import { middleFormatOf } from '../../formats/fillInMiddle.ts';
import { sharedFields } from './chatRequest.ts';
import type { Connection } from './connection.ts';
import { createChunkDecoder } from './decodeChunk.ts';
import { createInfillDecoder, infillBody } from './infill.ts';
import { createOllamaDecoder, ollamaOptions } from './ollamaChat.ts';
import type { ServerFacts } from './serverFacts.ts';
import type { ServerUrl } from './serverUrl.ts';
import { getJson } from './smallAnswer.ts';
import { traitsOf } from './traits.ts';
import type { WireRequest } from './wireRequest.ts';

/**
 * The request for what stands between two texts, in a server's own words; null where it cannot be asked for. `numCtx`: the
 * context that Ollama is asked for.
 */
export function middleRequest(
  { prefix, suffix, sampling }: CompleteRequest,
  facts: ServerFacts,
  server: ServerUrl,
  { most, numCtx }: { most: number; numCtx: number | null },
): WireRequest | null {
  const { middle } = traitsOf(facts.kind);
  const format = middleFormatOf(facts.names);
  const common = { repeats: '', cutAt: null, framing: 'events', createDecoder: createChunkDecoder } as const;
  const fields = sharedFields(sampling, facts, most);
  switch (middle) {
    case 'fim':
      return { ...common, url: `${server.api}/fim/completions`, body: { ...fields, prompt: prefix, suffix } };
    case 'generate': {
      const options = ollamaOptions(sampling, { most, numCtx });
      return {
        ...common,
        url: `${server.root}/api/generate`,
        body: { model: facts.model, prompt: prefix, suffix, stream: true, truncate: false, shift: false, options },
        framing: 'lines',
        createDecoder: createOllamaDecoder,
        cutAt: numCtx,
      };
    }
    case 'infill':
      // It knows the control tokens of most families, not Mistral's.
      if (format?.family !== 'mistral') {
        const body = infillBody({ prefix, suffix, sampling }, most);
        return { ...common, url: `${server.root}/infill`, body, createDecoder: createInfillDecoder };
      }
      break;
    case 'prompt':
      break;
    case null:
      return null;
  }
  if (format === null) return null;
  return { ...common, url: `${server.api}/completions`, body: { ...fields, prompt: format.render(prefix, suffix) } };
}

const controlsRead = new WeakMap<ServerFacts, boolean>();

/**
 * Whether control tokens that stand in the text of a prompt become control tokens. vLLM with Mistral's own tokenizer takes
 * them for text; it is asked once. Where a server has nothing to ask, it is assumed.
 */
export async function readsControls(
  connection: Connection,
  server: ServerUrl,
  facts: ServerFacts,
  signal: AbortSignal,
): Promise<boolean> {
  const { middle, counts } = traitsOf(facts.kind);
  const isMistral = middleFormatOf(facts.names)?.family === 'mistral';
  if (middle !== 'prompt' || counts !== 'tokenize' || !isMistral) return true;
  const known = controlsRead.get(facts);
  if (known !== undefined) return known;
  const body = { model: facts.model, prompt: '[SUFFIX]', add_special_tokens: false };
  const counted = await getJson(connection, `${server.root}/tokenize`, signal, body);
  const read = typeof counted?.count !== 'number' || counted.count === 1;
  if (counted) controlsRead.set(facts, read);
  return read;
}
