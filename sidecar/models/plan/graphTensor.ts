/**
 * The tensors of llama.cpp's compute graph, as far as their memory goes. Node names follow ggml, so that the folder can be
 * compared with its sources when the engine is updated (read at v0.4.0 of node-llama-cpp 3.21.1: src/llama-graph.cpp,
 * ggml/src/ggml-backend.cpp, ggml/src/ggml-alloc.c).
 */
export interface GraphTensor {
  op: GraphOp;
  /** In memory, if it is contiguous. */
  bytes: number;
  /** Type and dimensions: an operation in place needs the same. */
  layout: string;
  sources: GraphTensor[];
  /** The tensor whose memory this is a view of, never itself a view. */
  viewOf: GraphTensor | null;
  /** Rows that an operation works on: whether a GPU takes it over with weights in RAM depends on them. */
  rows: number;
  /** A weight or a cache: the index of the device that holds it. Null for what the graph allocates. */
  heldBy: number | null;
}

export type GraphOp =
  | 'weight'
  | 'cache'
  | 'input'
  /** Reshape, view, permute. */
  | 'view'
  /** A weight or input copied to another device, and the note that the source is needed until then. */
  | 'copy'
  | 'copied'
  | 'getRows'
  | 'setRows'
  | 'matMul'
  | 'norm'
  | 'scale'
  | 'add'
  | 'rope'
  | 'softMax'
  | 'flashAttention'
  | 'contiguous'
  | 'swiglu';

/** Operations that may write over their input (ggml-alloc.c, `ggml_op_can_inplace`). */
export const inPlace: ReadonlySet<GraphOp> = new Set(['norm', 'scale', 'add', 'rope', 'softMax']);

export const sizes = { f16: 2, f32: 4, i32: 4, i64: 8 } as const;
export type ElementType = keyof typeof sizes;

export interface Graph {
  /** What needs no computing: weights, caches and inputs, in the order in which they were first needed. */
  leaves: GraphTensor[];
  nodes: GraphTensor[];
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Makes tensors, and collects them in the order in which llama.cpp does: what an operation needs comes before it. */
export interface GraphBuilder {
  readonly graph: Graph;
  input(type: ElementType, ...dims: number[]): GraphTensor;
  /** A weight or a cache, which has its place already. */
  held(op: 'weight' | 'cache', device: number, bytes: number): GraphTensor;
  make(op: GraphOp, type: ElementType, dims: readonly number[], sources: GraphTensor[]): GraphTensor;
  view(of: GraphTensor, layout: string): GraphTensor;
  reshape(of: GraphTensor, ...dims: number[]): GraphTensor;
  /** Writes rows into a cache. */
  store(cache: GraphTensor, rows: GraphTensor, ids: GraphTensor): GraphTensor;
  /** Puts a tensor and all that it needs into the graph. */
  expand(tensor: GraphTensor): void;
}

export function createGraphBuilder(): GraphBuilder {
  const graph: Graph = { leaves: [], nodes: [] };
  const seen = new Set<GraphTensor>();

  function make(op: GraphOp, type: ElementType, dims: readonly number[], sources: GraphTensor[]): GraphTensor {
    // Of a matrix product the batch is the second dimension, whatever follows.
    const rows = op === 'matMul' ? (dims[1] ?? 1) : product(dims) / (dims[0] ?? 1);
    const layout = `${type} ${dims.join(' ')}`;
    return { op, bytes: product(dims) * sizes[type], layout, sources, viewOf: null, rows, heldBy: null };
  }

  function viewOf(of: GraphTensor, op: GraphOp, layout: string, sources: GraphTensor[]): GraphTensor {
    return { op, bytes: of.bytes, layout, sources, viewOf: of.viewOf ?? of, rows: 0, heldBy: null };
  }

  function expand(tensor: GraphTensor): void {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    for (const source of tensor.sources) expand(source);
    (tensor.sources.length === 0 ? graph.leaves : graph.nodes).push(tensor);
  }

  return {
    graph,
    make,
    expand,
    input: (type, ...dims) => make('input', type, dims, []),
    held: (op, device, bytes) => ({ op, bytes, layout: op, sources: [], viewOf: null, rows: 0, heldBy: device }),
    view: (of, layout) => viewOf(of, 'view', layout, [of]),
    reshape: (of, ...dims) => viewOf(of, 'view', `f32 ${dims.join(' ')}`, [of]),
    store: (cache, rows, ids) => viewOf(cache, 'setRows', 'cache', [rows, ids, cache]),
  };
}
