import type { Machine } from '../../sidecar/hardware/machine.ts';
import type { TensorInfo } from '../../sidecar/models/gguf/container.ts';
import { rowBytes } from '../../sidecar/models/gguf/tensorTypes.ts';
import type { PlannedModel } from '../../sidecar/models/plan/memoryPlan.ts';

const gib = 2 ** 30;

interface PublishedShape {
  layers: number;
  heads: number;
  embedding: number;
  feedForward: number;
  vocabulary: number;
}

const small: PublishedShape = { layers: 40, heads: 32, embedding: 5120, feedForward: 32_768, vocabulary: 131_072 };
const large: PublishedShape = { layers: 88, heads: 96, embedding: 12_288, feedForward: 28_672, vocabulary: 131_072 };

/** As llama.cpp's Q4_K_M chooses types: the first and last eighth and every third layer between get more bits. */
function tensors({ layers, heads, embedding, feedForward, vocabulary }: PublishedShape): TensorInfo[] {
  const list: TensorInfo[] = [];
  let offset = 0;
  const add = (name: string, dims: number[], type: string) => {
    const bytes = rowBytes(type, dims[0] ?? 0) * (dims[1] ?? 1);
    list.push({ name, dims, type, bytes, offset });
    offset += Math.ceil(bytes / 32) * 32;
  };
  add('output.weight', [embedding, vocabulary], 'Q6_K');
  add('token_embd.weight', [embedding, vocabulary], 'Q4_K');
  add('output_norm.weight', [embedding], 'F32');
  const eighth = Math.floor(layers / 8);
  for (let layer = 0; layer < layers; layer++) {
    const more = layer < eighth || layer >= 7 * eighth || (layer - eighth) % 3 === 2;
    const better = more ? 'Q6_K' : 'Q4_K';
    const row = (name: string, dims: number[], type = 'Q4_K') => add(`blk.${layer}.${name}.weight`, dims, type);
    row('attn_k', [embedding, 1024]);
    row('attn_norm', [embedding], 'F32');
    row('attn_output', [heads * 128, embedding]);
    row('attn_q', [embedding, heads * 128]);
    row('attn_v', [embedding, 1024], better);
    row('ffn_down', [feedForward, embedding], better);
    row('ffn_gate', [embedding, feedForward]);
    row('ffn_norm', [embedding], 'F32');
    row('ffn_up', [embedding, feedForward]);
  }
  return list;
}

function model(shape: PublishedShape): PlannedModel {
  const each = (value: number) => Array.from({ length: shape.layers }, () => value);
  return {
    architecture: 'mistral3',
    layers: shape.layers,
    embedding: shape.embedding,
    feedForward: each(shape.feedForward),
    heads: each(shape.heads),
    kvHeads: each(8),
    keyLength: 128,
    valueLength: 128,
    vocabulary: shape.vocabulary,
    experts: null,
    temperatureScale: 0.1,
    tensors: tensors(shape),
  };
}

/** Devstral's published shapes in Q4_K_M: Small 2 is 14,334,446,752 bytes, Devstral 2 is 74.9 GB. */
export const devstralSmall = model(small);
export const devstralLarge = model(large);

const desktop = { model: 'Desktop', physicalCores: 8, features: ['avx', 'avx2'] } satisfies Machine['cpu'];
const ram = (total: number, free: number) => ({ total: total * gib, free: free * gib });
const card = (total: number, free: number) =>
  ({ kind: 'cuda', name: 'Card', total: total * gib, free: free * gib, unified: false }) as const;

export const card24: Machine = { cpu: desktop, ram: ram(32, 24), devices: [card(24, 23.4)] };
export const card24Busy: Machine = { cpu: desktop, ram: ram(8, 4), devices: [card(24, 6)] };
export const card8: Machine = { cpu: desktop, ram: ram(32, 24), devices: [card(8, 7.3)] };
export const laptop16: Machine = { cpu: desktop, ram: ram(16, 10), devices: [] };
export const desktop64: Machine = { cpu: desktop, ram: ram(64, 55), devices: [] };
export const mac64: Machine = {
  cpu: { model: 'Apple', physicalCores: 12, features: ['neon', 'dotprod', 'i8mm'] },
  ram: ram(64, 54),
  devices: [{ kind: 'metal', name: 'Apple GPU', total: 48 * gib, free: 48 * gib, unified: true }],
};
