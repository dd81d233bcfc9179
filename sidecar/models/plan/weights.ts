import type { CpuFeature } from '../../hardware/machine.ts';
import type { TensorInfo } from '../gguf/container.ts';

/** Where llama.cpp puts the weights, memory-mapped as node-llama-cpp loads them. Bytes. */
export interface WeightsPlan {
  /** The piece of the file that is mapped for the processor: from its first tensor to its last. */
  mapped: number;
  /** Of that, what the processor does not need again, as it was repacked or went to the GPU: the system may drop it. */
  droppable: number;
  /** Copies in the order that this processor computes fastest with. */
  repacked: number;
  gpu: number;
}

export interface WeightsPlace {
  /** Layers of the model. */
  layers: number;
  /** Layers on the GPU, the output counted as one more: `layers + 1` is everything. */
  gpuLayers: number;
  features: readonly CpuFeature[];
  /** With a GPU in use llama.cpp keeps all of the processor's weights as they are in the file. */
  hasGpu: boolean;
}

/** Whether the tensors of a layer are on the GPU; the output is layer `layers` (llama-model.cpp, `i_gpu_start`). */
export const onGpu = (layer: number, { layers, gpuLayers }: Pick<WeightsPlace, 'layers' | 'gpuLayers'>) =>
  layer >= layers + 1 - gpuLayers;

const layerPattern = /^blk\.(\d+)\./;
const outputTensors = new Set(['output.weight', 'output_norm.weight', 'output.bias']);

/** The layer of a tensor: -1 the input, `layers` the output. */
export function tensorLayer(name: string, layers: number): number {
  const number = layerPattern.exec(name)?.[1];
  if (number !== undefined) return Number(number);
  return outputTensors.has(name) ? layers : -1;
}

export function placeWeights(tensors: readonly TensorInfo[], place: WeightsPlace): WeightsPlan {
  const plan: WeightsPlan = { mapped: 0, droppable: 0, repacked: 0, gpu: 0 };
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  let kept = 0;
  const add = (tensor: TensorInfo, layer: number) => {
    if (layer >= 0 && onGpu(layer, place)) {
      plan.gpu += tensor.bytes;
      return;
    }
    const copy = layer < 0 || place.hasGpu ? 0 : repackedBytes(tensor, place.features);
    plan.repacked += copy;
    if (copy > 0) return;
    first = Math.min(first, tensor.offset);
    last = Math.max(last, tensor.offset + tensor.bytes);
    kept += tensor.bytes;
  };
  for (const tensor of tensors) add(tensor, tensorLayer(tensor.name, place.layers));
  const embedding = tensors.find((tensor) => tensor.name === 'token_embd.weight');
  const tied = embedding && !tensors.some((tensor) => tensor.name === 'output.weight');
  if (tied) {
    // Used at both ends, and loaded for each; in the mapped file it is there once.
    const before = kept;
    add(embedding, place.layers);
    kept = before;
  }
  plan.mapped = Math.max(0, last - Math.min(first, last));
  plan.droppable = Math.max(0, plan.mapped - kept);
  return plan;
}

/** Bytes of a tensor's copy in the order that matrix products of this processor want; 0 if it stays as it is. */
function repackedBytes({ name, dims, type, bytes }: TensorInfo, features: readonly CpuFeature[]): number {
  const [columns = 0, rows = 0, more] = dims;
  // Norms and biases are not multiplied as matrices.
  if (!name.endsWith('.weight') || rows <= 1) return 0;
  if (features.includes('amx') && more === undefined) {
    const amx = amxBytes(type, columns, rows, bytes);
    if (amx > 0) return amx;
  }
  return isRepacked(type, rows, features) ? bytes : 0;
}

/** ggml-cpu/repack.cpp, `ggml_repack_get_optimal_repack_type`. */
function isRepacked(type: string, rows: number, features: readonly CpuFeature[]): boolean {
  const by8 = rows % 8 === 0;
  const by4 = rows % 4 === 0;
  const avx2 = features.includes('avx2') && by8;
  const neon = features.includes('neon') && (features.includes('dotprod') || features.includes('i8mm'));
  switch (type) {
    case 'Q4_0':
    case 'MXFP4':
      return avx2 || (neon && by4);
    case 'IQ4_NL':
      return avx2 || (neon && features.includes('dotprod') && by4);
    case 'Q4_K':
      return avx2 || (neon && by8);
    case 'Q2_K':
      return features.includes('avx512') && by8;
    case 'Q5_K':
    case 'Q6_K':
      return neon && by8;
    case 'Q8_0':
      return neon && by4;
    default:
      return false;
  }
}

/** ggml-cpu/amx: sums for each block are stored beside it. Not run here: there was no such processor. */
function amxBytes(type: string, columns: number, rows: number, bytes: number): number {
  if (rows % 32 !== 0) return 0;
  switch (type) {
    case 'Q4_0':
    case 'Q4_1':
      return columns % 32 === 0 ? bytes : 0;
    case 'Q8_0':
      return columns % 32 === 0 ? bytes + (columns / 32) * rows * 4 : 0;
    case 'Q4_K':
    case 'Q5_K':
      return columns % 256 === 0 ? bytes + (columns / 256) * rows * 4 : 0;
    case 'Q6_K':
      return columns % 256 === 0 ? bytes : 0;
    case 'IQ4_XS':
      return columns % 256 === 0 ? bytes + (columns / 256) * rows * 2 : 0;
    case 'F16':
      return columns % 16 === 0 ? bytes : 0;
    default:
      return 0;
  }
}
