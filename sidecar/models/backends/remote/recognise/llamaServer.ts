import { isObject } from '../../../formats/jsonScan.ts';
import type { ServerFacts } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';

/** Tokens of one slot. */
export async function llamaServerContext(ask: Ask): Promise<number | null> {
  const settings = jsonOf(await ask('/props'))?.default_generation_settings;
  return isObject(settings) && typeof settings.n_ctx === 'number' ? settings.n_ctx : null;
}

/** What `/props` says; older versions have no `chat_template_caps`, and their template speaks for itself. */
export async function llamaServerDetails(ask: Ask, facts: ServerFacts): Promise<Partial<ServerFacts>> {
  const props = jsonOf(await ask('/props'));
  if (!props) return {};
  const template = typeof props.chat_template === 'string' ? props.chat_template : null;
  const caps = isObject(props.chat_template_caps) ? props.chat_template_caps : {};
  const modalities = isObject(props.modalities) ? props.modalities : {};
  return {
    contextSize: await llamaServerContext(ask),
    version: typeof props.build_info === 'string' ? props.build_info : null,
    images: typeof modalities.vision === 'boolean' ? modalities.vision : null,
    tools: typeof caps.supports_tools === 'boolean' ? caps.supports_tools : (template?.includes('tools') ?? null),
    strictRoles: template === null ? null : /raise_exception\([^)]*alternate/.test(template),
    tokenizer: true,
    names: [facts.model, String(props.model_path ?? '')],
  };
}
