import { isObject } from '../../../formats/jsonScan.ts';
import type { ServerFacts } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';

/** Tokens in force, which `/api/ps` says only while the model is loaded. */
export async function ollamaContext(ask: Ask, facts: ServerFacts): Promise<number | null> {
  const loaded = jsonOf(await ask('/api/ps'));
  const models = Array.isArray(loaded?.models) ? loaded.models.filter(isObject) : [];
  const found = models.find(({ name }) => name === facts.model || name === `${facts.model}:latest`);
  return typeof found?.context_length === 'number' ? found.context_length : null;
}

/** `/api/show` is a POST, but it only reads. */
export async function ollamaDetails(ask: Ask, facts: ServerFacts): Promise<Partial<ServerFacts>> {
  const [contextSize, version, shown] = await Promise.all([
    ollamaContext(ask, facts),
    ask('/api/version').then(jsonOf),
    facts.model === '' ? null : ask('/api/show', { model: facts.model }).then(jsonOf),
  ]);
  const info = isObject(shown?.model_info) ? shown.model_info : {};
  const architecture = String(info['general.architecture'] ?? '');
  const trained = info[`${architecture}.context_length`];
  const capabilities = Array.isArray(shown?.capabilities) ? shown.capabilities : null;
  return {
    contextSize,
    trainedContext: typeof trained === 'number' ? trained : null,
    version: typeof version?.version === 'string' ? version.version : null,
    tools: capabilities?.includes('tools') ?? null,
    images: capabilities?.includes('vision') ?? null,
    tokenizer: false,
    names: [facts.model, String(info['general.basename'] ?? ''), architecture],
  };
}
