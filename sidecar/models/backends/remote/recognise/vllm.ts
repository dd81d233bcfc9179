import type { ServerFacts } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';

/** A route that takes only POST answers a GET with 405. */
export const hasTokenize = async (ask: Ask): Promise<boolean | null> => {
  const status = (await ask('/tokenize'))?.status;
  return status === 405 ? true : status === 404 ? false : null;
};

/** Whether a tool-call parser is set is not said anywhere: only a completion tells (the doctor's). */
export async function vllmDetails(ask: Ask): Promise<Partial<ServerFacts>> {
  const [version, metrics, tokenizer] = await Promise.all([
    ask('/version').then(jsonOf),
    ask('/metrics'),
    hasTokenize(ask),
  ]);
  const cache = /^vllm:cache_config_info\{[^\n]*\benable_prefix_caching="(\w+)"/m.exec(metrics?.body ?? '')?.[1];
  return {
    version: typeof version?.version === 'string' ? version.version : null,
    prefixCaching: cache === undefined ? null : cache.toLowerCase() === 'true',
    tokenizer,
  };
}
