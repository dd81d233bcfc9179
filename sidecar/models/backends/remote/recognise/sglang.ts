import { isObject } from '../../../formats/jsonScan.ts';
import type { ServerFacts } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';
import { hasTokenize } from './vllm.ts';

/** From `/model_info`. `/server_info`, which has the version, also has the key in clear: it is never asked. */
export async function sglangDetails(ask: Ask, facts: ServerFacts): Promise<Partial<ServerFacts>> {
  const [newer, tokenizer] = await Promise.all([ask('/model_info').then(jsonOf), hasTokenize(ask)]);
  const info = newer ?? jsonOf(await ask('/get_model_info'));
  if (!info) return { tokenizer };
  const embedding = isObject(info.embedding) ? info.embedding : {};
  const cache = isObject(embedding.cache) ? embedding.cache : {};
  const architectures = Array.isArray(info.architectures) ? info.architectures.map(String) : [];
  return {
    tools: 'tool_call_parser' in info ? info.tool_call_parser !== null : null,
    images: typeof info.has_image_understanding === 'boolean' ? info.has_image_understanding : null,
    prefixCaching: typeof cache.radix_cache_disabled === 'boolean' ? !cache.radix_cache_disabled : null,
    tokenizer,
    names: [facts.model, String(info.model_path ?? ''), String(info.model_type ?? ''), ...architectures],
  };
}
