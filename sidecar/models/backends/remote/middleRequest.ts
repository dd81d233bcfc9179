import type { CompleteRequest } from '../../backend.ts';
import { type MiddleFormat, middleFormatOf } from '../../formats/fillInMiddle.ts';
import { fimTokens } from '../../formats/mistral/render.ts';
import { sharedFields } from './chatRequest.ts';
import { createChunkDecoder } from './decodeChunk.ts';
import { createInfillDecoder, infillBody } from './infill.ts';
import { createOllamaDecoder, ollamaOptions } from './ollamaChat.ts';
import type { ServerFacts } from './serverFacts.ts';
import type { ServerUrl } from './serverUrl.ts';
import { traitsOf } from './traits.ts';
import type { WireRequest } from './wireRequest.ts';

/** Asks the server for the tokens of a text; null if it does not say. */
export type AskTokens = (text: string) => Promise<number[] | null>;

/**
 * The request for what stands between two texts, in a server's own words; null where it cannot be asked for. `numCtx`: the
 * context that Ollama is asked for.
 */
export async function middleRequest(
  { prefix, suffix, sampling }: CompleteRequest,
  facts: ServerFacts,
  server: ServerUrl,
  { most, numCtx }: { most: number; numCtx: number | null },
  askTokens: AskTokens,
): Promise<WireRequest | null> {
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
  const prompt = await promptOf(format, { prefix, suffix }, facts, askTokens);
  return prompt === null ? null : { ...common, url: `${server.api}/completions`, body: { ...fields, prompt } };
}

/** What the server's tokenizer makes of `[SUFFIX]`: asked once. */
const suffixTokens = new WeakMap<ServerFacts, number[]>();
/** Tekken has 1,000 control tokens in front, then the 256 bytes. */
const tekkenBracket = 1000 + '['.charCodeAt(0);
const tekkenControls = new Map([
  ['<s>', 1],
  ['[PREFIX]', 14],
  ['[SUFFIX]', 16],
]);

/**
 * The prompt as text, if the server's tokenizer finds control tokens there. vLLM with Mistral's own tokenizer does not: it
 * is sent tokens, which text can never bring control tokens into. Null: neither is known to be right.
 */
async function promptOf(
  format: MiddleFormat,
  { prefix, suffix }: { prefix: string; suffix: string },
  facts: ServerFacts,
  askTokens: AskTokens,
): Promise<string | number[] | null> {
  const text = format.render(prefix, suffix);
  if (format.family !== 'mistral' || traitsOf(facts.kind).counts !== 'tokenize') return text;
  const control = suffixTokens.get(facts) ?? (await askTokens('[SUFFIX]'));
  if (control === null) return text;
  suffixTokens.set(facts, control);
  if (control.length === 1) return text;
  if (control[0] !== tekkenBracket) return null;
  const encoded = new Map<string, number[]>();
  const encode = (asked: string) => encoded.get(asked) ?? [];
  // Once to learn which texts it asks for.
  const asked: string[] = [];
  const collect = (each: string) => {
    asked.push(each);
    return [];
  };
  fimTokens(prefix, suffix, { encode: collect, control: (name) => tekkenControls.get(name) });
  for (const each of asked) {
    const tokens = await askTokens(each);
    if (tokens === null) return null;
    encoded.set(each, tokens);
  }
  return fimTokens(prefix, suffix, { encode, control: (name) => tekkenControls.get(name) });
}
