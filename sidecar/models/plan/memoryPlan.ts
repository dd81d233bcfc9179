import type { CpuFeature, Device, Machine } from '../../hardware/machine.ts';
import type { TensorInfo } from '../gguf/container.ts';
import type { GgufHeader } from '../gguf/header.ts';
import { rowBytes } from '../gguf/tensorTypes.ts';
import { computeBytes } from './allocate.ts';
import { denseGraph, type GraphLayer } from './denseGraph.ts';
import { scheduleGraph } from './schedule.ts';
import { onGpu, placeWeights, tensorLayer } from './weights.ts';

export type KvType = 'f16' | 'q8_0' | 'q4_0';

export interface PlanSettings {
  /** Tokens. */
  context: number;
  kvType: KvType;
  /** Tokens read at a time: node-llama-cpp makes `n_ubatch` the same as `n_batch`. */
  batch: number;
  /** Layers on the GPU, the output counted as one more; 0 without a GPU. */
  gpuLayers: number;
  /** A quantised cache needs it. */
  flashAttention: boolean;
}

/** Memory that llama.cpp takes on one device, as in its lines `… buffer size`. Bytes. */
export interface DevicePlan {
  device: 'cpu' | Device['kind'];
  name: string;
  weights: number;
  kv: number;
  compute: number;
  output: number;
  total: number;
  /** Of the weights, pages of the mapped file that are not needed again: they do not count against free memory. */
  droppable: number;
}

export interface MemoryPlan {
  /** The processor first. */
  devices: DevicePlan[];
  /** Whether this combination of backend and architecture was compared with llama.cpp's own numbers. */
  verified: boolean;
}

/** Header of the whole model, with the tensors of all parts. */
export type PlannedModel = Pick<
  GgufHeader,
  | 'architecture'
  | 'layers'
  | 'embedding'
  | 'feedForward'
  | 'heads'
  | 'kvHeads'
  | 'keyLength'
  | 'valueLength'
  | 'vocabulary'
  | 'experts'
  | 'temperatureScale'
> & { tensors: readonly TensorInfo[] };

const verifiedArchitectures = new Set(['llama', 'mistral3', 'qwen2']);
/** Backends whose load logs plans were compared with. No computer with CUDA or Metal was at hand. */
export const verifiedBackends: ReadonlySet<Device['kind']> = new Set(['vulkan']);

/** node-llama-cpp's contexts are multiples of this. */
export const contextStep = 256;

/**
 * Memory for a model with these settings. Weights and cache follow from the header; the compute buffers from replaying how
 * ggml allocates the graph, for any machine. Several GPUs are planned with as one. Of node-llama-cpp's own numbers, the
 * simulating ones (`estimate…V2`) are exact for a context on the running machine and leave out what is repacked; its formulas
 * are off by up to 20 times with a quantised cache.
 */
export function planMemory(
  model: PlannedModel,
  machine: Pick<Machine, 'cpu' | 'devices'>,
  settings: PlanSettings,
): MemoryPlan {
  const gpu = machine.devices[0];
  const gpuLayers = gpu ? Math.min(settings.gpuLayers, model.layers + 1) : 0;
  const context = Math.max(1, Math.ceil(settings.context / contextStep)) * contextStep;
  const used = { ...settings, gpuLayers, context };
  const weights = plannedWeights(model, machine.cpu.features, gpuLayers, gpu !== undefined);
  const kv = planCache(model, used);
  const compute = planCompute(model, used, gpu?.kind ?? null);
  const output = model.vocabulary * 4;
  const cpuWeights = weights.mapped + weights.repacked;
  const cpu: DevicePlan = {
    device: 'cpu',
    name: machine.cpu.model,
    weights: cpuWeights,
    kv: kv.cpu,
    compute: compute.cpu,
    output,
    total: cpuWeights + kv.cpu + compute.cpu + output,
    droppable: weights.droppable,
  };
  const devices = [cpu];
  if (gpu) {
    const total = weights.gpu + kv.gpu + compute.gpu;
    const parts = { weights: weights.gpu, kv: kv.gpu, compute: compute.gpu, output: 0, total, droppable: 0 };
    devices.push({ device: gpu.kind, name: gpu.name, ...parts });
  }
  const dense = model.experts === null;
  return {
    devices,
    verified: verifiedArchitectures.has(model.architecture) && dense && (!gpu || verifiedBackends.has(gpu.kind)),
  };
}

function plannedWeights(model: PlannedModel, features: readonly CpuFeature[], gpuLayers: number, hasGpu: boolean) {
  return placeWeights(model.tensors, { layers: model.layers, gpuLayers, features, hasGpu });
}

type Sizes = { cpu: number; gpu: number };

function planCache(model: PlannedModel, settings: PlanSettings): Sizes {
  const sum: Sizes = { cpu: 0, gpu: 0 };
  for (let layer = 0; layer < model.layers; layer++) {
    const { keys, values } = layerCache(model, settings, layer);
    sum[onGpu(layer, { ...settings, layers: model.layers }) ? 'gpu' : 'cpu'] += keys + values;
  }
  return sum;
}

function layerCache(model: PlannedModel, { context, kvType }: PlanSettings, layer: number) {
  const heads = model.kvHeads[layer] ?? 0;
  const bytes = (length: number) => rowBytes(kvType.toUpperCase(), heads * length) * context;
  return { keys: bytes(model.keyLength), values: bytes(model.valueLength) };
}

function planCompute(model: PlannedModel, settings: PlanSettings, gpu: Device['kind'] | null): Sizes {
  const reading = computeFor(model, settings, gpu, Math.min(settings.batch, settings.context));
  if (!gpu) return reading;
  // Both graphs are reserved, and the work of a single token stays where the weights are.
  const writing = computeFor(model, settings, gpu, 1);
  return { cpu: Math.max(reading.cpu, writing.cpu), gpu: Math.max(reading.gpu, writing.gpu) };
}

function computeFor(model: PlannedModel, settings: PlanSettings, gpu: Device['kind'] | null, tokens: number): Sizes {
  const cpu = gpu ? 1 : 0;
  const device = (layer: number) => (onGpu(layer, { ...settings, layers: model.layers }) ? 0 : cpu);
  const bytesOf = (name: string) => model.tensors.find((tensor) => tensor.name === name)?.bytes ?? 0;
  const graph = denseGraph({
    layers: representative(graphLayers(model, settings, device), cpu),
    embedding: model.embedding,
    keyLength: model.keyLength,
    valueLength: model.valueLength,
    vocabulary: model.vocabulary,
    temperatureScale: model.temperatureScale !== 0,
    tokens,
    context: settings.context,
    flashAttention: settings.flashAttention,
    quantisedCache: settings.kvType !== 'f16',
    inputDevice: cpu,
    inputBytes: bytesOf('token_embd.weight'),
    outputDevice: device(model.layers),
    outputBytes: bytesOf('output.weight') || bytesOf('token_embd.weight'),
    outputNormBytes: bytesOf('output_norm.weight'),
  });
  const bytes = computeBytes(scheduleGraph(graph, cpu + 1, gpu === 'vulkan'), cpu + 1);
  return { cpu: bytes[cpu] ?? 0, gpu: gpu ? (bytes[0] ?? 0) : 0 };
}

/** As many layers as it takes until each uses the memory of the one before it again. */
const steadyLayers = 3;

/** Some layers of a model instead of all, where all are alike: the buffers are the same, and the search is fast. */
function representative(layers: GraphLayer[], cpu: number): GraphLayer[] {
  const [first] = layers;
  // Weights that a GPU borrows from the RAM differ from layer to layer.
  const alike = (layer: GraphLayer) =>
    (cpu === 0 || layer.device !== cpu) &&
    layer.device === first?.device &&
    layer.heads === first.heads &&
    layer.kvHeads === first.kvHeads &&
    layer.feedForward === first.feedForward;
  if (layers.length <= 2 * steadyLayers || !layers.every(alike)) return layers;
  return [...layers.slice(0, steadyLayers), ...layers.slice(-steadyLayers)];
}

function graphLayers(model: PlannedModel, settings: PlanSettings, device: (layer: number) => number): GraphLayer[] {
  const weights = Array.from({ length: model.layers }, () => new Map<string, number>());
  for (const { name, bytes } of model.tensors) {
    weights[tensorLayer(name, model.layers)]?.set(name.replace(/^blk\.\d+\./, ''), bytes);
  }
  return weights.map((weightBytes, layer) => {
    const { keys, values } = layerCache(model, settings, layer);
    return {
      device: device(layer),
      heads: model.heads[layer] ?? 0,
      kvHeads: model.kvHeads[layer] ?? 0,
      feedForward: model.experts?.feedForward || (model.feedForward[layer] ?? 0),
      expertsUsed: model.experts?.used ?? 0,
      keyCacheBytes: keys,
      valueCacheBytes: values,
      weightBytes,
    };
  });
}
