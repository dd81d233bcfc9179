import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import type { ModelShape, ServerModel } from './serverModels.ts';

const count = z.number().int().positive();

const Quantisation = z.object({
  quant_method: z.string().optional(),
  bits: z.number().positive().optional(),
  config_groups: z
    .record(z.string(), z.object({ weights: z.object({ num_bits: z.number().positive() }).nullish() }))
    .optional(),
});

const Text = z.object({
  model_type: z.string().default(''),
  num_hidden_layers: count,
  hidden_size: count,
  intermediate_size: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().nullish(),
  num_local_experts: count.nullish(),
  quantization_config: Quantisation.nullish(),
});

/** `config.json` of a repository in the form of transformers: a decoder, or one inside a model that reads images. */
export const ModelConfig = z.union([
  z.object({
    text_config: Text,
    vision_config: z.object({}).loose().nullish(),
    quantization_config: Quantisation.nullish(),
  }),
  Text,
]);
export type ModelConfig = z.infer<typeof ModelConfig>;

export type FromConfig = { kind: 'model'; model: ServerModel } | { kind: 'unknown'; reason: string };

/** Families whose tool calls the servers' `mistral` parser reads. */
const mistralTypes = /^(mistral|mistral3|ministral|ministral3|mixtral|pixtral)$/;

/** A model that is not in our table, from its `config.json`. Dense models and those with equal experts only. */
export function modelFromConfig(repository: string, config: ModelConfig): FromConfig {
  const outer = 'text_config' in config;
  const text = outer ? config.text_config : config;
  if (/deepseek|kimi|glm|mistral4|mistral_large_3|mamba|next/.test(text.model_type)) {
    return {
      kind: 'unknown',
      reason: t('the memory of "{type}" models is not computed', { type: text.model_type }),
    };
  }
  const weightBits = bitsOf((outer ? config.quantization_config : undefined) ?? text.quantization_config);
  if (weightBits === null)
    return { kind: 'unknown', reason: t('its config.json does not say how many bits a weight has') };
  const headDim = text.head_dim ?? text.hidden_size / text.num_attention_heads;
  const mistral = mistralTypes.test(text.model_type);
  const shape: ModelShape = {
    layers: text.num_hidden_layers,
    hidden: text.hidden_size,
    intermediate: text.intermediate_size * (text.num_local_experts ?? 1),
    heads: text.num_attention_heads,
    kvHeads: text.num_key_value_heads ?? text.num_attention_heads,
    headDim,
    vocab: text.vocab_size,
    tied: text.tie_word_embeddings ?? false,
    // Encoders of this kind have 0.4 to 0.7 billion parameters.
    vision: outer && config.vision_config ? 0.7e9 : 0,
  };
  return {
    kind: 'model',
    model: {
      ...unknownModel(repository),
      shape,
      weightBits,
      context: text.max_position_embeddings,
      ...(mistral ? { toolParser: 'mistral' } : {}),
    },
  };
}

function bitsOf(quantisation: z.infer<typeof Quantisation> | null | undefined): number | null {
  if (!quantisation) return 16;
  const { quant_method: method, bits, config_groups: groups } = quantisation;
  if (bits !== undefined) return bits;
  if (method === 'fp8' || method === 'fbgemm_fp8') return 8;
  const grouped = Object.values(groups ?? {}).flatMap(({ weights }) => (weights ? [weights.num_bits] : []));
  return grouped.length > 0 ? Math.max(...grouped) : null;
}

/** What a person gives for a model whose config.json cannot be had. */
export interface ModelNumbers {
  /** In all, as the card says. */
  params: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Bits of a weight. */
  bits: number;
  context: number;
}

/** The feed-forward width follows from the number of parameters; hidden size is taken as heads times head_dim. */
export function modelFromNumbers(repository: string, numbers: ModelNumbers): FromConfig {
  const { params, layers, heads, kvHeads, headDim, bits, context } = numbers;
  const vocab = 131_072;
  const hidden = heads * headDim;
  const attention = hidden * headDim * (2 * heads + 2 * kvHeads);
  const intermediate = Math.floor(((params - 2 * hidden * vocab) / layers - attention) / (3 * hidden));
  if (intermediate < 1)
    return { kind: 'unknown', reason: t('so many layers and heads have more parameters than --params says') };
  const shape = { layers, hidden, intermediate, heads, kvHeads, headDim, vocab, tied: false, vision: 0 };
  return { kind: 'model', model: { ...unknownModel(repository), shape, weightBits: bits, context } };
}

/** A copy or a fine-tune may lack Mistral's tokenizer files: the server then finds out by itself. */
function unknownModel(repository: string): Omit<ServerModel, 'shape' | 'weightBits' | 'context'> {
  const mistral = /(^|\/)(mistralai\/|.*(devstral|ministral|mistral))/i.test(repository);
  return {
    id: repository,
    title: repository,
    repository,
    licence: t('licence: see its card'),
    toolParser: mistral ? 'mistral' : null,
    mistralTokenizer: /^mistralai\//i.test(repository),
    mistralFormat: false,
  };
}
