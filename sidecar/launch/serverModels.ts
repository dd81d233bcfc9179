/** What the memory of a dense decoder depends on. */
export interface ModelShape {
  layers: number;
  hidden: number;
  /** Width of the feed-forward part, all experts together. */
  intermediate: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocab: number;
  /** Input and output embedding are one matrix. */
  tied: boolean;
  /** Parameters of the part that reads images; 0: none. */
  vision: number;
}

export interface ServerModel {
  /** Id of our catalog where it has one, else the repository. */
  id: string;
  title: string;
  /** Repository of the hub, or a folder. */
  repository: string;
  shape: ModelShape;
  /** Bits of a weight in the linear layers; embeddings, output and the image part stay in 16. */
  weightBits: number;
  /** Tokens that it was trained for. */
  context: number;
  licence: string;
  /** Name of the servers' parser for its tool calls; null: not known. */
  toolParser: string | null;
  /** Its repository has tekken.json or another file of Mistral's own tokenizer. */
  mistralTokenizer: boolean;
  /** vLLM reads params.json and consolidated*.safetensors of it, as its card says. */
  mistralFormat: boolean;
}

const small: ModelShape = {
  layers: 40,
  hidden: 5120,
  intermediate: 32_768,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  vocab: 131_072,
  tied: false,
  vision: 0,
};
/** Pixtral's encoder and its projection, as the cards of 24B (23.6 + 0.4) and of Ministral 3 round it. */
const pixtral = 0.44e9;

const mistral = { toolParser: 'mistral', mistralTokenizer: true, mistralFormat: false, licence: 'Apache-2.0' };
const fp8 = { weightBits: 8, context: 262_144 };
const bf16 = { weightBits: 16, context: 131_072, mistralFormat: true };

/** Best first. The shapes add up to the parameters that the cards name: `parameters` is tested against them. */
export const serverModels: readonly ServerModel[] = [
  {
    ...mistral,
    ...fp8,
    id: 'devstral-small-2',
    title: 'Devstral Small 2 (24B)',
    repository: 'mistralai/Devstral-Small-2-24B-Instruct-2512',
    shape: { ...small, vision: pixtral },
  },
  {
    ...mistral,
    ...fp8,
    id: 'devstral-2',
    title: 'Devstral 2 (123B)',
    repository: 'mistralai/Devstral-2-123B-Instruct-2512',
    licence: 'modified MIT',
    shape: { ...small, layers: 88, hidden: 12_288, intermediate: 28_672, heads: 96 },
  },
  {
    ...mistral,
    ...bf16,
    id: 'devstral-small-1.1',
    title: 'Devstral Small 1.1 (24B)',
    repository: 'mistralai/Devstral-Small-2507',
    shape: small,
  },
  {
    ...mistral,
    ...bf16,
    id: 'devstral-small-1.0',
    title: 'Devstral Small 1.0 (24B)',
    repository: 'mistralai/Devstral-Small-2505',
    shape: small,
  },
  {
    ...mistral,
    ...bf16,
    id: 'mistral-small-3.2',
    title: 'Mistral Small 3.2 (24B)',
    repository: 'mistralai/Mistral-Small-3.2-24B-Instruct-2506',
    shape: { ...small, vision: pixtral },
  },
  {
    ...mistral,
    ...fp8,
    id: 'ministral-3-14b',
    title: 'Ministral 3 14B Instruct',
    repository: 'mistralai/Ministral-3-14B-Instruct-2512',
    shape: { ...small, intermediate: 16_384, vision: pixtral },
  },
  {
    ...mistral,
    ...bf16,
    id: 'mistral-nemo',
    title: 'Mistral Nemo 12B Instruct',
    repository: 'mistralai/Mistral-Nemo-Instruct-2407',
    shape: { ...small, intermediate: 14_336 },
  },
  {
    ...mistral,
    ...fp8,
    id: 'ministral-3-8b',
    title: 'Ministral 3 8B Instruct',
    repository: 'mistralai/Ministral-3-8B-Instruct-2512',
    shape: { ...small, layers: 34, hidden: 4096, intermediate: 14_336, vision: pixtral },
  },
  {
    ...mistral,
    ...bf16,
    id: 'mistral-7b',
    title: 'Mistral 7B Instruct v0.3',
    repository: 'mistralai/Mistral-7B-Instruct-v0.3',
    context: 32_768,
    shape: { ...small, layers: 32, hidden: 4096, intermediate: 14_336, vocab: 32_768 },
  },
  {
    ...mistral,
    ...fp8,
    id: 'ministral-3-3b',
    title: 'Ministral 3 3B Instruct',
    repository: 'mistralai/Ministral-3-3B-Instruct-2512',
    shape: { ...small, layers: 26, hidden: 3072, intermediate: 9216, tied: true, vision: pixtral },
  },
];

/** By id of the catalog or by repository, in any case of letters. */
export function knownServerModel(name: string): ServerModel | undefined {
  const wanted = name.trim().toLowerCase();
  return serverModels.find(({ id, repository }) => id === wanted || repository.toLowerCase() === wanted);
}

/** Parameters of one layer: attention (q, k, v, o) and the gated feed-forward part. */
export function layerParameters({ hidden, intermediate, heads, kvHeads, headDim }: ModelShape): number {
  return hidden * headDim * (2 * heads + 2 * kvHeads) + 3 * hidden * intermediate;
}

/** All parameters, with the image part. */
export function parameters(shape: ModelShape): number {
  const embeddings = shape.hidden * shape.vocab * (shape.tied ? 1 : 2);
  return layerParameters(shape) * shape.layers + embeddings + shape.vision;
}
