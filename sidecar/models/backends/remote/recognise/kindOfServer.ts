import { t } from '../../../../protocol/translate.ts';
import { isObject } from '../../../formats/jsonScan.ts';
import type { ServerKind } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';
import { isLmStudio } from './lmStudio.ts';

/** What servers are called. */
export const kindNames: Record<ServerKind, string> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  llamacpp: 'llama-server',
  ollama: 'Ollama',
  lmstudio: 'LM Studio',
  mistral: 'Mistral',
  transformers: 'transformers serve',
  other: t('OpenAI-compatible server'),
};

/** `owned_by` in the list of models. Ollama puts the namespace there, which is `library` for its own models only. */
const owners: Record<string, ServerKind> = {
  vllm: 'vllm',
  sglang: 'sglang',
  llamacpp: 'llamacpp',
  library: 'ollama',
  mistralai: 'mistral',
};

/** The kind by the host and an entry of the list of models, which every turn asks for anyway; null: not said there. */
export function kindFromList(hostname: string, entry: Record<string, unknown>): ServerKind | null {
  if (hostname === 'mistral.ai' || hostname.endsWith('.mistral.ai')) return 'mistral';
  if (isObject(entry.capabilities) && typeof entry.capabilities.completion_chat === 'boolean') return 'mistral';
  return owners[String(entry.owned_by ?? '')] ?? null;
}

/** The kind by the paths that only one server has, asked side by side. Works without the list, and without its key. */
export async function kindFromPaths(ask: Ask): Promise<ServerKind> {
  const [root, native, older, openapi, version] = await Promise.all([
    ask('/'),
    ask('/api/v1/models'),
    ask('/api/v0/models'),
    ask('/openapi.json'),
    ask('/version'),
  ]);
  // SGLang has Ollama's paths, too: only the text at the root tells them apart.
  if (root?.status === 200 && root.body.includes('Ollama is running')) return 'ollama';
  if (root?.status === 200 && root.body.includes('SGLang is running')) return 'sglang';
  if (isLmStudio(jsonOf(native), jsonOf(older))) return 'lmstudio';
  if ([root, version].some((reply) => reply?.headers.server === 'llama.cpp')) return 'llamacpp';
  const paths = jsonOf(openapi)?.paths;
  const has = (path: string) => isObject(paths) && path in paths;
  if (has('/load_model')) return 'transformers';
  if (has('/model_info') || has('/get_model_info')) return 'sglang';
  if (has('/version') && has('/tokenize')) return 'vllm';
  // With its documentation switched off, or behind a key, only its own numbers name vLLM.
  if (typeof jsonOf(version)?.version === 'string' && (await ask('/metrics'))?.body.includes('vllm:')) return 'vllm';
  return 'other';
}
