import { displayLanguage, plural, t } from '../protocol/translate.ts';
import type { Card } from './gpus.ts';
import type { ModelShape } from './serverModels.ts';

const gib = 2 ** 30;
const mib = 2 ** 20;

export interface Layout {
  /** GPUs that share each layer. */
  tensorParallel: number;
  /** Groups of layers, one after the other. */
  pipelineParallel: number;
  nodes: number;
}

export interface Budget {
  /** Of the GPU's memory, what the server may take for weights and KV cache (SGLang) or altogether (vLLM). */
  memoryFraction: number;
  /** Bytes of each GPU that neither weights nor KV cache get. */
  overhead: number;
  /** What `overhead` is made of: a source or an assumption each. */
  assumptions: string[];
}

/** CUDA or ROCm context and, with several GPUs, the buffers of NCCL or RCCL. */
const context = ({ tensorParallel, pipelineParallel }: Layout) =>
  (tensorParallel * pipelineParallel > 1 ? 1 : 0.5) * gib;

/** Its default, vLLM 0.32 and 0.33 (config/cache.py). */
export const vllmMemoryFraction = 0.92;

/**
 * vLLM measures all this when it starts; before that it can only be estimated. The number of tokens that it reads at
 * once and of requests follow its own defaults (`get_batch_defaults` in engine/arg_utils.py, 0.32); what they cost is
 * our formula: per token, residual and normed state, q, k, v and the gate, up and product of the feed-forward part in
 * 16 bits; per request, float32 logits with a sorted copy and its 64-bit order.
 */
export function vllmBudget(card: Card, shape: ModelShape, layout: Layout): Budget {
  const large = card.memory >= 70 * gib && !/a100/i.test(card.name);
  const tokens = card.memory >= 160 * gib ? 16_384 : large ? 8192 : 2048;
  const requests = large ? 1024 : 256;
  const { tensorParallel: tp } = layout;
  const width = 4 * shape.hidden + ((shape.heads + 2 * shape.kvHeads) * shape.headDim + 3 * shape.intermediate) / tp;
  const activations = tokens * width * 2 + requests * shape.vocab * 20;
  const graphs = gib;
  const images = shape.vision > 0 ? gib : 0;
  const outside = card.memory * (1 - vllmMemoryFraction);
  const assumptions = [
    t('vLLM leaves {share} of the memory alone (its default)', { share: percent(1 - vllmMemoryFraction) }),
    t('activations {activations}, computed for {tokens} at once and {requests} requests (its defaults)', {
      activations: gibText(activations),
      tokens: tokensText(tokens),
      requests,
    }),
    images
      ? t('CUDA graphs {graphs}, reading an image {image}, driver and communication {driver}: assumed', {
          graphs: gibText(graphs),
          image: gibText(images),
          driver: gibText(context(layout)),
        })
      : t('CUDA graphs {graphs}, driver and communication {driver}: assumed', {
          graphs: gibText(graphs),
          driver: gibText(context(layout)),
        }),
  ];
  return {
    memoryFraction: vllmMemoryFraction,
    overhead: outside + activations + graphs + images + context(layout),
    assumptions,
  };
}

/**
 * SGLang's own estimate (`handle_gpu_memory_settings` in srt/arg_groups/memory_hook.py, 0.5.23), in MiB: 512, 1.5 for
 * each token read at once, an eighth of 1024 for each GPU, 2 for each request in the decode graphs, 8 for each prefill
 * graph; at least 10 GiB on cards over 60 GiB; a model that reads images gets 95 % of what is left.
 */
export function sglangBudget(card: Card, shape: ModelShape, layout: Layout): Budget {
  const total = card.memory / mib;
  const { tensorParallel: tp, pipelineParallel: pp } = layout;
  const [chunk, requests] = sglangDefaults(total, tp);
  let reserved = 512 + chunk * 1.5 + ((tp * pp) / 8) * 1024 + requests * 2 + prefillGraphs(chunk) * 8;
  if (total > 60 * 1024) reserved = Math.max(reserved, 10 * 1024);
  const exact = ((total - reserved) / total) * (shape.vision > 0 ? 0.95 : 1);
  // Rounded down: a hundredth less never runs out.
  const memoryFraction = Math.max(0, Math.floor(exact * 100) / 100);
  const values = { reserved: gibText(reserved * mib), chunk: tokensText(chunk), requests };
  const assumptions = [
    shape.vision > 0
      ? t(
          "SGLang's own formula (0.5.23): {reserved} for activations and CUDA graphs at {chunk} at once and {requests} requests, 5 % for images",
          values,
        )
      : t(
          "SGLang's own formula (0.5.23): {reserved} for activations and CUDA graphs at {chunk} at once and {requests} requests",
          values,
        ),
    t('driver and communication {driver}: assumed', { driver: gibText(context(layout)) }),
  ];
  const free = card.memory - context(layout);
  return { memoryFraction, overhead: card.memory - free * memoryFraction, assumptions };
}

/** Tokens of a prefill chunk and requests in the largest decode graph, by the memory of the card in MiB. */
function sglangDefaults(total: number, tp: number): [number, number] {
  const many = tp >= 4;
  if (total < 20 * 1024) return [2048, 8];
  if (total < 35 * 1024) return [4096, many ? 160 : 48];
  if (total < 60 * 1024) return [4096, many ? 160 : 32];
  if (total < 160 * 1024) return [8192, many ? 512 : 256];
  return [16_384, 512];
}

/** Sizes that SGLang captures up to `most` tokens (`generate_prefill_cuda_graph_batch_sizes`). */
function prefillGraphs(most: number): number {
  const steps: [number, number, number][] = [
    [4, 32, 4],
    [48, 256, 16],
    [288, 512, 32],
    [576, 1024, 64],
    [1280, 4096, 256],
    [4608, most, 512],
  ];
  return steps.reduce(
    (sum, [from, to, step]) => sum + Math.max(0, Math.floor((Math.min(to, most) - from) / step) + 1),
    0,
  );
}

/** "12.4 GiB". */
export const gibText = (bytes: number): string =>
  t('{size} GiB', {
    size: new Intl.NumberFormat(displayLanguage(), {
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
      useGrouping: false,
    }).format(bytes / gib),
  });
/** "32,768 tokens". */
export const tokensText = (tokens: number): string => plural(tokens, { one: '{count} token', other: '{count} tokens' });
const percent = (share: number): string => `${Math.round(share * 100)} %`;
