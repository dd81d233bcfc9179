import { type Card, type GpuSet, mostGpusPerNode } from './gpus.ts';
import { type Layout, sglangBudget, vllmBudget } from './overheads.ts';
import { layerParameters, type ModelShape, type ServerModel } from './serverModels.ts';

export type Server = 'vllm' | 'sglang';
export type KvType = 'auto' | 'fp8';

/** Bytes are those of one GPU, the fullest one. */
export interface ServingPlan extends Layout {
  gpusPerNode: number;
  memory: number;
  memoryFraction: number;
  weights: number;
  overhead: number;
  kvBytesPerToken: number;
  /** Tokens of KV cache that there is room for. */
  kvTokens: number;
  /** Tokens of one conversation, as the command says. */
  context: number;
  /** What weights, overhead and one conversation of `context` tokens take. */
  needed: number;
  /** Conversations of `context` tokens at once. */
  conversations: number;
  /** Each KV head is kept so many times. */
  kvCopies: number;
  assumptions: string[];
}

export interface PlanRequest {
  server: Server;
  model: ServerModel;
  gpus: GpuSet;
  /** Tokens; without it, as many as fit and the model knows. */
  context?: number;
  kv: KvType;
}

/** `best`: the plan with the most room, which is still too small. */
export type Planned =
  | { kind: 'fits'; plan: ServingPlan }
  | { kind: 'tooSmall'; best: ServingPlan }
  | { kind: 'noLayout' };

/** An agent's system prompt, its tools and one file need so many tokens. */
export const smallestContext = 8192;
/** Where neither number of GPUs nor context is given, this share of the model's context is enough: as SGLang's cookbook. */
const enoughShare = 0.75;

/**
 * GPUs that can share the heads: the query heads must divide evenly, and a KV head either belongs to one GPU or is kept
 * whole on several (vLLM: `verify_with_parallel_config`; SGLang replicates likewise).
 */
export function dividesHeads({ heads, kvHeads }: ModelShape, gpus: number): boolean {
  return heads % gpus === 0 && (kvHeads % gpus === 0 || gpus % kvHeads === 0);
}

/** The layouts to try, the one to prefer first. */
export function layouts({ server, model, gpus }: PlanRequest): Layout[] {
  const valid = (gpusPerNode: number, nodes: number): Layout | null => {
    // vLLM: each node shares the layers among its GPUs, the nodes follow one another. SGLang: all GPUs share each layer.
    const tensorParallel = server === 'vllm' ? gpusPerNode : gpusPerNode * nodes;
    const pipelineParallel = server === 'vllm' ? nodes : 1;
    if (!dividesHeads(model.shape, tensorParallel) || pipelineParallel > model.shape.layers) return null;
    return { tensorParallel, pipelineParallel, nodes };
  };
  const sizes = (most: number) => Array.from({ length: most }, (_, i) => i + 1);
  const present = (layout: Layout | null) => layout !== null;
  if (gpus.count !== null) {
    const nodes = gpus.nodes ?? 1;
    // All that were given; fewer only where the heads do not divide.
    const largest = sizes(gpus.count)
      .reverse()
      .map((count) => valid(count, nodes))
      .find(present);
    return largest ? [largest] : [];
  }
  const nodes = gpus.nodes === null ? [1, 2, 3, 4] : [gpus.nodes];
  return nodes.flatMap((n) => {
    const counts = n === 1 ? sizes(mostGpusPerNode) : gpus.nodes === null ? [mostGpusPerNode] : sizes(mostGpusPerNode);
    return counts.map((count) => valid(count, n)).filter(present);
  });
}

/** The memory plan for the GPUs given, or for the smallest number of them that is enough. */
export function planServing(request: PlanRequest): Planned {
  const { gpus, context } = request;
  const plans = layouts(request).map((layout) => planLayout(request, layout));
  const [first] = plans;
  if (!first) return { kind: 'noLayout' };
  const trained = request.model.context;
  const open = gpus.count === null && context === undefined;
  const wanted = context ?? (open ? Math.ceil(trained * enoughShare) : Math.min(smallestContext, trained));
  const fits = plans.find(({ kvTokens }) => kvTokens >= wanted);
  if (fits) return { kind: 'fits', plan: fits };
  const best = plans.reduce((a, b) => (b.kvTokens > a.kvTokens ? b : a));
  const usable = open && best.kvTokens >= smallestContext;
  return usable ? { kind: 'fits', plan: best } : { kind: 'tooSmall', best };
}

function planLayout({ server, model, gpus, context, kv }: PlanRequest, layout: Layout): ServingPlan {
  const { shape } = model;
  const { card } = gpus;
  const { tensorParallel: tp, pipelineParallel: pp, nodes } = layout;
  const budget = (server === 'vllm' ? vllmBudget : sglangBudget)(card, shape, layout);
  const overhead = Math.ceil(budget.overhead);
  const layers = Math.ceil(shape.layers / pp);
  const weights = Math.ceil(weightsPerGpu(model, layers, layout));
  const kvBytesPerToken = 2 * layers * Math.max(1, shape.kvHeads / tp) * shape.headDim * (kv === 'fp8' ? 1 : 2);
  const room = Math.max(0, card.memory - overhead - weights);
  const kvTokens = Math.floor(room / kvBytesPerToken);
  const chosen = context ?? Math.min(model.context, floorTo(kvTokens, 1024));
  return {
    ...layout,
    gpusPerNode: pp > 1 ? tp : tp / nodes,
    memory: card.memory,
    memoryFraction: budget.memoryFraction,
    weights,
    overhead,
    kvBytesPerToken,
    kvTokens,
    context: chosen,
    needed: weights + overhead + chosen * kvBytesPerToken,
    conversations: chosen > 0 ? kvTokens / chosen : 0,
    kvCopies: Math.max(1, tp / shape.kvHeads),
    assumptions: budget.assumptions,
  };
}

/** The image part is counted whole on each GPU, embeddings and output in 16 bits. */
function weightsPerGpu(
  { shape, weightBits }: ServerModel,
  layers: number,
  { tensorParallel, pipelineParallel }: Layout,
) {
  const matrices = shape.tied || pipelineParallel > 1 ? 1 : 2;
  const linear = (layerParameters(shape) * layers * weightBits) / 8;
  return (linear + matrices * shape.hidden * shape.vocab * 2) / tensorParallel + shape.vision * 2;
}

const floorTo = (value: number, step: number) => Math.floor(value / step) * step;

/** Whether FP8 weights can be used on a card at all. */
export const loadsWeights = (model: ServerModel, card: Card): boolean => model.weightBits !== 8 || card.fp8 !== 'none';
