import { isObject } from '../../../formats/jsonScan.ts';
import type { ServerFacts } from '../serverFacts.ts';
import { jsonOf } from '../smallAnswer.ts';
import type { Ask } from './ask.ts';

interface LmStudioModel {
  id: string;
  architecture: string;
  loaded: boolean;
  contextSize: number | null;
  trainedContext: number | null;
  images: boolean;
  tools: boolean;
}

const numberOr = (value: unknown) => (typeof value === 'number' && value > 0 ? value : null);
const objects = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : []);

/** By `/api/v1/models` (since 0.4.0) or `/api/v0/models`, whose shapes are its own. */
export function isLmStudio(native: Record<string, unknown> | null, older: Record<string, unknown> | null): boolean {
  const newer = native !== null && Array.isArray(native.models);
  return (
    (newer && objects(native.models).every((model) => Array.isArray(model.loaded_instances))) ||
    objects(older?.data).some((model) => typeof model.compatibility_type === 'string')
  );
}

async function lmStudioModels(ask: Ask): Promise<LmStudioModel[]> {
  const [native, older] = await Promise.all([ask('/api/v1/models'), ask('/api/v0/models')]);
  const newer = objects(jsonOf(native)?.models).filter(({ type }) => type !== 'embedding');
  if (newer.length > 0) return newer.map(fromNative);
  return objects(jsonOf(older)?.data)
    .filter(({ type }) => type !== 'embeddings')
    .map(fromOlder);
}

function fromNative(model: Record<string, unknown>): LmStudioModel {
  const instance = objects(model.loaded_instances)[0];
  const config = isObject(instance?.config) ? instance.config : {};
  const capabilities = isObject(model.capabilities) ? model.capabilities : {};
  return {
    id: String(model.key),
    architecture: String(model.architecture ?? ''),
    loaded: instance !== undefined,
    contextSize: numberOr(config.context_length),
    trainedContext: numberOr(model.max_context_length),
    images: capabilities.vision === true,
    tools: capabilities.trained_for_tool_use === true,
  };
}

function fromOlder(model: Record<string, unknown>): LmStudioModel {
  const capabilities = Array.isArray(model.capabilities) ? model.capabilities : [];
  return {
    id: String(model.id),
    architecture: String(model.arch ?? ''),
    loaded: model.state === 'loaded',
    contextSize: numberOr(model.loaded_context_length),
    trainedContext: numberOr(model.max_context_length),
    images: model.type === 'vlm',
    tools: capabilities.includes('tool_use'),
  };
}

/** The model that is in memory, for a person who names none; null if there is none. */
export async function lmStudioLoaded(ask: Ask): Promise<string | null> {
  return (await lmStudioModels(ask)).find(({ loaded }) => loaded)?.id ?? null;
}

/** Tokens with which the model was loaded; null until it is. */
export async function lmStudioContext(ask: Ask, facts: ServerFacts): Promise<number | null> {
  return (await lmStudioModels(ask)).find(({ id }) => id === facts.model)?.contextSize ?? null;
}

export async function lmStudioDetails(ask: Ask, facts: ServerFacts): Promise<Partial<ServerFacts>> {
  const model = (await lmStudioModels(ask)).find(({ id }) => id === facts.model);
  if (!model) return { tokenizer: false };
  const { contextSize, trainedContext, images, tools, architecture } = model;
  return { contextSize, trainedContext, images, tools, tokenizer: false, names: [facts.model, architecture] };
}
