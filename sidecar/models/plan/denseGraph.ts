import { createGraphBuilder, type Graph, type GraphBuilder, type GraphTensor } from './graphTensor.ts';

/** What the graph of a decoder needs to know of model and settings. Lengths in values. */
export interface GraphShape {
  layers: GraphLayer[];
  embedding: number;
  keyLength: number;
  valueLength: number;
  vocabulary: number;
  /** Has Mistral's scaling of the queries with the position. */
  temperatureScale: boolean;
  /** Tokens of one batch. */
  tokens: number;
  /** Tokens of the cache. */
  context: number;
  flashAttention: boolean;
  quantisedCache: boolean;
  /** Indices of the devices that hold them. */
  inputDevice: number;
  outputDevice: number;
  inputBytes: number;
  outputBytes: number;
  outputNormBytes: number;
}

export interface GraphLayer {
  device: number;
  heads: number;
  kvHeads: number;
  feedForward: number;
  /** Experts that work on each token; 0 without experts. */
  expertsUsed: number;
  keyCacheBytes: number;
  valueCacheBytes: number;
  /** By the name within the layer: `attn_q.weight`. Missing ones are 0. */
  weightBytes: ReadonlyMap<string, number>;
}

/** Rotation of queries, keys and values for a quantised cache (llama-kv-cache.cpp, `build_input_k_rot`). */
function rotationLength(length: number, largest: boolean): number {
  if (length <= 0 || length % 64 !== 0) return 0;
  let rotation = 64;
  while (largest && length % (rotation * 2) === 0) rotation *= 2;
  return rotation;
}

/** The graph of llama, mistral3 and qwen2 (src/models/*.cpp and src/llama-graph.cpp), near enough for their relatives. */
export function denseGraph(shape: GraphShape): Graph {
  const { embedding, tokens, vocabulary } = shape;
  const build = createGraphBuilder();
  const tokenIds = build.input('i32', tokens);
  const embeddings = build.held('weight', shape.inputDevice, shape.inputBytes);
  let state = build.make('getRows', 'f32', [embedding, tokens], [embeddings, tokenIds]);
  build.expand(state);
  // Given embeddings are the other possible input; their place is kept.
  build.expand(build.input('f32', embedding, tokens));
  const inputs = attentionInputs(build, shape);
  const outputIds = build.input('i32', tokens);
  const lastLayer = shape.layers.at(-1);
  for (const layer of shape.layers) {
    const normed = norm(build, state, embedding, tokens, weight(build, layer, 'attn_norm.weight'));
    let attended = attention(build, shape, layer, inputs, normed);
    let residual = state;
    if (layer === lastLayer) {
      attended = build.make('getRows', 'f32', [embedding, tokens], [attended, outputIds]);
      residual = build.make('getRows', 'f32', [embedding, tokens], [residual, outputIds]);
    }
    const middle = build.make('add', 'f32', [embedding, tokens], [attended, residual]);
    const fed = feedForward(build, shape, layer, middle);
    state = build.make('add', 'f32', [embedding, tokens], [fed, middle]);
  }
  const outputNorm = build.held('weight', shape.outputDevice, shape.outputNormBytes);
  const output = build.held('weight', shape.outputDevice, shape.outputBytes);
  const normed = norm(build, state, embedding, tokens, outputNorm);
  build.expand(build.make('matMul', 'f32', [vocabulary, tokens], [output, normed]));
  return build.graph;
}

interface AttentionInputs {
  positions: GraphTensor;
  scale: GraphTensor | null;
  keyIds: GraphTensor;
  valueIds: GraphTensor;
  mask: GraphTensor;
  keyRotation: GraphTensor | null;
  valueRotation: GraphTensor | null;
}

function attentionInputs(build: GraphBuilder, shape: GraphShape): AttentionInputs {
  const { tokens, context, flashAttention, quantisedCache, layers, valueLength } = shape;
  const rotation = (length: number) => (length > 0 && quantisedCache ? build.input('f32', length, length) : null);
  // Without flash attention the values lie transposed in the cache, and each element has its own place.
  const widest = Math.max(1, ...layers.map((layer) => layer.kvHeads * valueLength));
  return {
    positions: build.input('i32', tokens),
    scale: shape.temperatureScale ? build.input('f32', 1, 1, tokens) : null,
    keyIds: build.input('i64', tokens),
    valueIds: build.input('i64', flashAttention ? tokens : tokens * widest),
    mask: build.input(flashAttention ? 'f16' : 'f32', context, tokens),
    keyRotation: rotation(rotationLength(shape.keyLength, true)),
    valueRotation: rotation(rotationLength(valueLength, false)),
  };
}

const weight = (build: GraphBuilder, layer: GraphLayer, name: string) =>
  build.held('weight', layer.device, layer.weightBytes.get(name) ?? 0);

function norm(build: GraphBuilder, of: GraphTensor, width: number, rows: number, by: GraphTensor): GraphTensor {
  return build.make('scale', 'f32', [width, rows], [build.make('norm', 'f32', [width, rows], [of]), by]);
}

function attention(
  build: GraphBuilder,
  shape: GraphShape,
  layer: GraphLayer,
  inputs: AttentionInputs,
  normed: GraphTensor,
): GraphTensor {
  const { tokens, context, keyLength, valueLength, embedding } = shape;
  const { heads, kvHeads } = layer;
  const project = (name: string, width: number, count: number) => {
    const flat = [width * count, tokens];
    let made = build.make('matMul', 'f32', flat, [weight(build, layer, `${name}.weight`), normed]);
    if (layer.weightBytes.has(`${name}.bias`)) {
      made = build.make('add', 'f32', flat, [made, weight(build, layer, `${name}.bias`)]);
    }
    return build.reshape(made, width, count, tokens);
  };
  const turn = (of: GraphTensor, width: number, count: number) =>
    build.make('rope', 'f32', [width, count, tokens], [of, inputs.positions]);
  const rotate = (of: GraphTensor, by: GraphTensor | null, width: number, count: number) => {
    if (!by) return of;
    const length = Math.round(Math.sqrt(by.bytes / 4));
    const columns = (width * count * tokens) / length;
    const made = build.make('matMul', 'f32', [length, columns], [by, build.reshape(of, length, columns)]);
    return build.reshape(made, width, count, tokens);
  };
  let queries = turn(project('attn_q', keyLength, heads), keyLength, heads);
  let keys = turn(project('attn_k', keyLength, kvHeads), keyLength, kvHeads);
  let values = project('attn_v', valueLength, kvHeads);
  if (inputs.scale) queries = build.make('scale', 'f32', [keyLength, heads, tokens], [queries, inputs.scale]);
  queries = rotate(queries, inputs.keyRotation, keyLength, heads);
  keys = rotate(keys, inputs.keyRotation, keyLength, kvHeads);
  values = rotate(values, inputs.valueRotation, valueLength, kvHeads);
  for (const tensor of [queries, values, keys]) build.expand(tensor);
  const keyCache = build.held('cache', layer.device, layer.keyCacheBytes);
  const valueCache = build.held('cache', layer.device, layer.valueCacheBytes);
  build.expand(build.store(keyCache, build.view(keys, 'rows'), inputs.keyIds));
  build.expand(build.store(valueCache, build.view(values, 'rows'), inputs.valueIds));
  const permuted = (of: GraphTensor) => build.view(build.view(of, 'part'), 'permuted');
  const [q, k, v] = [permuted(queries), permuted(keyCache), permuted(valueCache)];
  const width = valueLength * heads;
  let mixed: GraphTensor;
  if (shape.flashAttention) {
    mixed = build.make('flashAttention', 'f32', [valueLength, heads, tokens], [q, k, v, inputs.mask]);
    mixed = build.reshape(mixed, width, tokens);
  } else {
    const scores = build.make('matMul', 'f32', [context, tokens, heads], [k, q]);
    const soft = build.make('softMax', 'f32', [context, tokens, heads], [scores, inputs.mask]);
    const sums = build.make('matMul', 'f32', [valueLength, tokens, heads], [v, soft]);
    mixed = build.make('contiguous', 'f32', [width, tokens], [build.view(sums, 'permuted')]);
  }
  build.expand(mixed);
  mixed = rotate(mixed, inputs.valueRotation, valueLength, heads);
  return build.make('matMul', 'f32', [embedding, tokens], [weight(build, layer, 'attn_output.weight'), mixed]);
}

function feedForward(build: GraphBuilder, shape: GraphShape, layer: GraphLayer, middle: GraphTensor): GraphTensor {
  const { embedding, tokens } = shape;
  const normed = norm(build, middle, embedding, tokens, weight(build, layer, 'ffn_norm.weight'));
  const times = Math.max(1, layer.expertsUsed);
  const suffix = layer.expertsUsed > 0 ? '_exps.weight' : '.weight';
  const wide = [layer.feedForward, tokens * times];
  const gate = build.make('matMul', 'f32', wide, [weight(build, layer, `ffn_gate${suffix}`), normed]);
  const up = build.make('matMul', 'f32', wide, [weight(build, layer, `ffn_up${suffix}`), normed]);
  const inner = build.make('swiglu', 'f32', wide, [gate, up]);
  const down = weight(build, layer, `ffn_down${suffix}`);
  const made = build.make('matMul', 'f32', [embedding, tokens * times], [down, inner]);
  if (times === 1) return made;
  // The experts' answers are weighed and added up.
  const weighed = build.make('scale', 'f32', [embedding, tokens * times], [made]);
  return build.make('add', 'f32', [embedding, tokens], [weighed]);
}
