import { t } from '../../protocol/translate.ts';
import type { ByteSource } from './byteSource.ts';
import { type Container, type MetaValue, readContainer, type TensorInfo } from './container.ts';
import { bad, createCursor, type GgufFault, GgufFaultSignal } from './cursor.ts';
import { mixtureName } from './tensorTypes.ts';

/** What the header of a language model says. Sizes in bytes, lengths in values. */
export interface GgufHeader {
  architecture: string;
  name: string;
  /** `13B`, as the converter wrote it; empty if it did not. */
  sizeLabel: string;
  /** `Q4_K_M`; null if it is not said. */
  mixture: string | null;
  /** Of this file; of a split model that is one part. */
  fileSize: number;
  /** Null if the model is in one file. */
  split: SplitInfo | null;
  /** Tokens of context it was trained with; 0 if it does not say. */
  trainedContext: number;
  layers: number;
  embedding: number;
  /** Of each layer, as is everything that can differ between layers. */
  feedForward: number[];
  heads: number[];
  kvHeads: number[];
  keyLength: number;
  valueLength: number;
  vocabulary: number;
  experts: { count: number; used: number; feedForward: number } | null;
  /** Tokens; 0 if every layer sees the whole context. */
  slidingWindow: number;
  rope: { dimensions: number; base: number; scaling: string; factor: number; originalContext: number };
  /** Mistral's scaling of the queries with the position; 0 if there is none. */
  temperatureScale: number;
  chatTemplate: string;
  metadata: ReadonlyMap<string, MetaValue>;
  tensors: readonly TensorInfo[];
  /** Where the weights begin in this file. */
  dataStart: number;
  /** Where the last weight of this file ends: a smaller file is incomplete. */
  end: number;
}

export interface SplitInfo {
  /** From 0. */
  number: number;
  count: number;
  /** Tensors in all parts. */
  tensors: number;
}

export type GgufRead = { kind: 'ok'; header: GgufHeader } | GgufFault;

/**
 * Reads the header of a GGUF file. Whatever the bytes are, this ends soon, takes little memory and does not throw.
 * The header is whole when it is given, but weights may be missing: compare `end` with the size.
 */
export async function readGgufHeader(source: ByteSource): Promise<GgufRead> {
  try {
    const container = await readContainer(createCursor(source));
    return { kind: 'ok', header: describe(container, source.size) };
  } catch (error) {
    if (error instanceof GgufFaultSignal) return error.fault;
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The limits are far above any model, and keep the products below 2^53. */
const mostLayers = 4096;
const mostValues = 2 ** 24;

function describe({ metadata, tensors, dataStart }: Container, fileSize: number): GgufHeader {
  const architecture = text(metadata, 'general.architecture');
  if (architecture === null) throw bad(t('it does not say its architecture'));
  // It is told to people, and is the start of every other key.
  if (!/^[\w.-]{1,64}$/.test(architecture)) throw bad(t('its architecture has no readable name'));
  if (architecture === 'clip') throw bad(t('it is a vision projector, not a language model'));
  const key = (name: string) => `${architecture}.${name}`;
  const count = (name: string, most = mostValues) => integer(metadata, key(name), most);
  const split = splitInfo(metadata);
  // The parts after the first carry tensors only.
  const bare = split !== null && split.number > 0;
  const needed = (name: string, most = mostValues) => {
    const value = count(name, most);
    if (value === null || (value === 0 && !bare)) {
      if (bare) return 0;
      throw bad(t('{key} is missing', { key: key(name) }));
    }
    return value;
  };
  const layers = needed('block_count', mostLayers);
  const embedding = needed('embedding_length');
  const perLayer = (name: string) => layerValues(metadata, key(name), layers);
  const heads = perLayer('attention.head_count');
  if (!heads && !bare) throw bad(t('{key} is missing', { key: key('attention.head_count') }));
  const most = Math.max(1, ...(heads ?? []));
  const keyLength = count('attention.key_length') ?? Math.floor(embedding / most);
  const experts = count('expert_count') ?? 0;
  const usualFeedForward = perLayer('feed_forward_length') ?? Array.from({ length: layers }, () => 0);
  return {
    architecture,
    name: text(metadata, 'general.name') ?? '',
    sizeLabel: text(metadata, 'general.size_label') ?? '',
    mixture: mixtureName(integer(metadata, 'general.file_type', 1024) ?? -1),
    fileSize,
    split,
    trainedContext: count('context_length', 2 ** 32) ?? 0,
    layers,
    embedding,
    feedForward: usualFeedForward,
    heads: heads ?? [],
    kvHeads: perLayer('attention.head_count_kv') ?? heads ?? [],
    keyLength,
    valueLength: count('attention.value_length') ?? keyLength,
    vocabulary: vocabularySize(metadata, count('vocab_size')),
    experts:
      experts > 0
        ? {
            count: experts,
            used: count('expert_used_count') ?? 0,
            feedForward: count('expert_feed_forward_length') ?? usualFeedForward[0] ?? 0,
          }
        : null,
    slidingWindow: count('attention.sliding_window', 2 ** 32) ?? 0,
    rope: {
      dimensions: count('rope.dimension_count') ?? keyLength,
      base: number(metadata, key('rope.freq_base')) ?? 10_000,
      scaling: text(metadata, key('rope.scaling.type')) ?? '',
      factor: number(metadata, key('rope.scaling.factor')) ?? 1,
      originalContext: count('rope.scaling.original_context_length', 2 ** 32) ?? 0,
    },
    temperatureScale: number(metadata, key('attention.temperature_scale')) ?? 0,
    chatTemplate: text(metadata, 'tokenizer.chat_template') ?? '',
    metadata,
    tensors,
    dataStart,
    end: tensors.reduce((end, tensor) => Math.max(end, tensor.offset + tensor.bytes), 0),
  };
}

function splitInfo(metadata: ReadonlyMap<string, MetaValue>): SplitInfo | null {
  const count = integer(metadata, 'split.count', 100_000) ?? 0;
  if (count <= 1) return null;
  const at = integer(metadata, 'split.no', 100_000) ?? 0;
  if (at >= count) throw bad(t('it says it is part {part} of {count}', { part: at + 1, count }));
  return { number: at, count, tensors: integer(metadata, 'split.tensors.count', mostValues) ?? 0 };
}

function vocabularySize(metadata: ReadonlyMap<string, MetaValue>, said: number | null): number {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (!tokens) return said ?? 0;
  if (tokens.type !== 'array' || tokens.of !== 'string')
    throw bad(t('{key} is not an array of strings', { key: 'tokenizer.ggml.tokens' }));
  return tokens.count;
}

/** A number for each layer, given once for all or as an array. */
function layerValues(metadata: ReadonlyMap<string, MetaValue>, key: string, layers: number): number[] | null {
  const value = metadata.get(key);
  if (!value) return null;
  if (value.type !== 'array') {
    const one = integer(metadata, key, mostValues) ?? 0;
    return Array.from({ length: layers }, () => one);
  }
  const { numbers } = value;
  if (!numbers || value.of !== 'number' || numbers.length < layers)
    throw bad(t('{key} has not a number for each layer', { key }));
  if (numbers.some((one) => !Number.isInteger(one) || one < 0 || one > mostValues))
    throw bad(t('{key} is out of range', { key }));
  return numbers.slice(0, layers);
}

function number(metadata: ReadonlyMap<string, MetaValue>, key: string): number | null {
  const value = metadata.get(key);
  if (!value) return null;
  if (value.type !== 'number') throw bad(t('{key} is not a number', { key }));
  if (!Number.isFinite(value.value)) throw bad(t('{key} is out of range', { key }));
  return value.value;
}

function integer(metadata: ReadonlyMap<string, MetaValue>, key: string, most: number): number | null {
  const value = number(metadata, key);
  if (value !== null && (!Number.isInteger(value) || value < 0 || value > most))
    throw bad(t('{key} is out of range', { key }));
  return value;
}

function text(metadata: ReadonlyMap<string, MetaValue>, key: string): string | null {
  const value = metadata.get(key);
  if (!value) return null;
  if (value.type !== 'string') throw bad(t('{key} is not a string', { key }));
  return value.value;
}
