import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** A small writer of GGUF files for tests. The weights are zeros, so a file on disk is mostly a hole. */

const typeNumbers = { u8: 0, u32: 4, i32: 5, f32: 6, bool: 7, str: 8, arr: 9, u64: 10 } as const;
type ScalarType = Exclude<keyof typeof typeNumbers, 'arr'>;
export type Entry =
  | [key: string, type: ScalarType, value: number | bigint | boolean | string]
  | [key: string, type: 'arr', of: ScalarType, values: readonly (number | string)[]];

/** ggml's types that the tests write: number, values a block, bytes a block. */
const tensorTypes = {
  F32: [0, 1, 4],
  F16: [1, 1, 2],
  Q4_0: [2, 32, 18],
  Q8_0: [8, 32, 34],
  Q4_K: [12, 256, 144],
  Q6_K: [14, 256, 210],
} as const;
export type TensorType = keyof typeof tensorTypes;
export type Tensor = readonly [name: string, dims: readonly number[], type: TensorType];

function uint(size: 1 | 4 | 8, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigUInt64LE(BigInt(value));
  else if (size === 4) bytes.writeUInt32LE(Number(value) >>> 0);
  else bytes.writeUInt8(Number(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint(8, bytes.length), bytes]);
}

function scalar(type: ScalarType, value: number | bigint | boolean | string): Buffer {
  if (type === 'str') return text(String(value));
  if (type === 'u64') return uint(8, BigInt(value as number | bigint));
  if (type === 'u8' || type === 'bool') return uint(1, Number(value));
  if (type !== 'f32') return uint(4, Number(value));
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(Number(value));
  return bytes;
}

function entryBytes(entry: Entry): Buffer {
  const head = [text(entry[0]), uint(4, typeNumbers[entry[1]])];
  if (entry[1] !== 'arr') return Buffer.concat([...head, scalar(entry[1], entry[2])]);
  const [, , of, values] = entry;
  const items = values.map((value) => scalar(of, value));
  return Buffer.concat([...head, uint(4, typeNumbers[of]), uint(8, values.length), ...items]);
}

/** The header, padded to where the weights begin, and the size of the whole file. */
export function ggufHeader(entries: readonly Entry[], tensors: readonly Tensor[]): { head: Buffer; size: number } {
  const parts = [Buffer.from('GGUF'), uint(4, 3), uint(8, tensors.length), uint(8, entries.length)];
  parts.push(...entries.map(entryBytes));
  let offset = 0;
  for (const [name, dims, type] of tensors) {
    const [number, values, bytes] = tensorTypes[type];
    parts.push(text(name), uint(4, dims.length), ...dims.map((dim) => uint(8, dim)), uint(4, number), uint(8, offset));
    offset += Math.ceil(((dims.reduce((a, b) => a * b, 1) / values) * bytes) / 32) * 32;
  }
  const head = Buffer.concat(parts);
  const padded = Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)]);
  return { head: padded, size: padded.length + offset };
}

export interface ModelShape {
  architecture: 'llama' | 'mistral3' | 'qwen2';
  layers: number;
  embedding: number;
  heads: number;
  kvHeads: number;
  headLength: number;
  feedForward: number;
  vocabulary: number;
  context: number;
  weights: TensorType;
  /** Type of the output head; null: the embedding serves as head. */
  head: TensorType | null;
  embeddingType?: TensorType;
  /** Types of `ffn_down` and `attn_v` in half of the layers, as in the K_M mixtures. */
  better?: TensorType;
  temperatureScale?: number;
  /** The whole vocabulary, where its tokens matter. */
  tokens?: readonly string[];
  extra?: Entry[];
}

function modelTensors(shape: ModelShape): Tensor[] {
  const { embedding, vocabulary, heads, kvHeads, headLength, feedForward, weights } = shape;
  const tensors: Tensor[] = [
    ['token_embd.weight', [embedding, vocabulary], shape.embeddingType ?? weights],
    ['output_norm.weight', [embedding], 'F32'],
  ];
  if (shape.head) tensors.push(['output.weight', [embedding, vocabulary], shape.head]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const better = (shape.better && layer % 2 === 0 ? shape.better : weights) as TensorType;
    const add = (name: string, dims: number[], type: TensorType) => tensors.push([`blk.${layer}.${name}`, dims, type]);
    add('attn_norm.weight', [embedding], 'F32');
    add('attn_q.weight', [embedding, headLength * heads], weights);
    add('attn_k.weight', [embedding, headLength * kvHeads], weights);
    add('attn_v.weight', [embedding, headLength * kvHeads], better);
    add('attn_output.weight', [headLength * heads, embedding], weights);
    if (shape.architecture === 'qwen2') {
      add('attn_q.bias', [headLength * heads], 'F32');
      add('attn_k.bias', [headLength * kvHeads], 'F32');
      add('attn_v.bias', [headLength * kvHeads], 'F32');
    }
    add('ffn_norm.weight', [embedding], 'F32');
    add('ffn_gate.weight', [embedding, feedForward], weights);
    add('ffn_up.weight', [embedding, feedForward], weights);
    add('ffn_down.weight', [feedForward, embedding], better);
  }
  return tensors;
}

/** A header as a converter writes it for this shape. */
export function modelHeader(shape: ModelShape): { head: Buffer; size: number; entries: Entry[]; tensors: Tensor[] } {
  const { architecture: arch } = shape;
  // Printable single bytes first, as the loader looks up the newline.
  const tokens =
    shape.tokens ??
    Array.from({ length: shape.vocabulary }, (_, i) =>
      i < 94 ? String.fromCharCode(33 + i) : i === 94 ? 'Ċ' : `t${i}`,
    );
  const entries: Entry[] = [
    ['general.architecture', 'str', arch],
    ['general.name', 'str', `Tiny ${arch}`],
    ['general.file_type', 'u32', 15],
    ['general.alignment', 'u32', 32],
    [`${arch}.context_length`, 'u32', shape.context],
    [`${arch}.embedding_length`, 'u32', shape.embedding],
    [`${arch}.block_count`, 'u32', shape.layers],
    [`${arch}.feed_forward_length`, 'u32', shape.feedForward],
    [`${arch}.attention.head_count`, 'u32', shape.heads],
    [`${arch}.attention.head_count_kv`, 'u32', shape.kvHeads],
    [`${arch}.attention.key_length`, 'u32', shape.headLength],
    [`${arch}.attention.value_length`, 'u32', shape.headLength],
    [`${arch}.attention.layer_norm_rms_epsilon`, 'f32', 1e-5],
    [`${arch}.rope.dimension_count`, 'u32', shape.headLength],
    [`${arch}.rope.freq_base`, 'f32', 1e6],
    [`${arch}.vocab_size`, 'u32', shape.vocabulary],
  ];
  if (shape.temperatureScale) {
    entries.push([`${arch}.attention.temperature_scale`, 'f32', shape.temperatureScale]);
    entries.push([`${arch}.rope.scaling.original_context_length`, 'u32', 8192]);
  }
  entries.push(
    ['tokenizer.ggml.model', 'str', 'gpt2'],
    ['tokenizer.ggml.pre', 'str', arch === 'qwen2' ? 'qwen2' : 'tekken'],
    ['tokenizer.ggml.tokens', 'arr', 'str', tokens],
    ['tokenizer.ggml.token_type', 'arr', 'i32', tokens.map(() => 1)],
    ['tokenizer.ggml.merges', 'arr', 'str', ['! !', '" "']],
    ['tokenizer.ggml.bos_token_id', 'u32', 1],
    ['tokenizer.ggml.eos_token_id', 'u32', 2],
    ...(shape.extra ?? []),
  );
  const tensors = modelTensors(shape);
  return { ...ggufHeader(entries, tensors), entries, tensors };
}

/** Writes the header and leaves a hole for the weights. */
export function writeModel(path: string, shape: ModelShape): void {
  const { head, size } = modelHeader(shape);
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, size);
  closeSync(file);
}
