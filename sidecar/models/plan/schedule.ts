import type { Graph, GraphTensor } from './graphTensor.ts';
import { vulkanOrder } from './vulkanOrder.ts';

export interface Placed {
  tensor: GraphTensor;
  device: number;
}

/** The graph with the device of each tensor and the copies between devices, in the order of execution. */
export interface Schedule {
  leaves: Placed[];
  nodes: Placed[];
}

/** Rows from which on a GPU does the work of weights in RAM, copying them (`op_offload_min_batch_size`). */
const offloadRows = 32;

/**
 * Distributes a graph over devices, the last of which is the processor: ggml's scheduler replayed (ggml-backend.cpp,
 * `ggml_backend_sched_split_graph`), for devices that can do every operation and read their own memory only. `reorders`
 * says that the first device is one that changes the order, as Vulkan does.
 */
export function scheduleGraph(graph: Graph, devices: number, reorders: boolean): Schedule {
  const cpu = devices - 1;
  const where = assign(graph, cpu);
  const nodes: Placed[] = [];
  /** The copy of a tensor on a device; it stays until its last use. */
  const copies = new Map<GraphTensor, Map<number, GraphTensor>>();
  let split: { device: number; inputs: GraphTensor[]; nodes: Placed[] } | null = null;
  const finish = () => {
    for (const input of split?.inputs ?? []) {
      const copied: GraphTensor = { ...input, op: 'copied', sources: [input], viewOf: input.viewOf ?? input };
      nodes.push({ tensor: copied, device: where.get(input) ?? cpu });
      nodes.push({ tensor: copies.get(input)!.get(split!.device)!, device: split!.device });
    }
    nodes.push(...inOrder(split?.nodes ?? [], reorders && split?.device !== cpu));
  };
  for (const node of graph.nodes) {
    const device = where.get(node) ?? cpu;
    if (node.op === 'view') {
      // Views belong to the piece in which they stand, and start none.
      if (split) split.nodes.push({ tensor: node, device });
      else split = { device: firstDevice(graph, where, cpu), inputs: [], nodes: [{ tensor: node, device }] };
      continue;
    }
    const foreign = (source: GraphTensor) => device !== cpu || isDeviceMemory(source, where, cpu);
    const away = (source: GraphTensor) => where.get(source) !== device && foreign(source);
    const newWeight = node.sources.some((source) => source.op === 'weight' && away(source));
    if (!split || split.device !== device || (newWeight && split.inputs.length > 0)) {
      finish();
      split = { device, inputs: [], nodes: [] };
    }
    const sources = node.sources.map((source) => {
      if (!away(source)) return source;
      const known = copies.get(source)?.get(device);
      if (known) return known;
      const copy: GraphTensor = { ...source, op: 'copy', sources: [], viewOf: null, heldBy: null };
      if (!copies.has(source)) copies.set(source, new Map());
      copies.get(source)!.set(device, copy);
      split!.inputs.push(source);
      return copy;
    });
    split.nodes.push({ tensor: Object.assign(node, { sources }), device });
  }
  finish();
  return { leaves: graph.leaves.map((tensor) => ({ tensor, device: where.get(tensor) ?? cpu })), nodes };
}

function inOrder(nodes: readonly Placed[], reorder: boolean): readonly Placed[] {
  if (!reorder) return nodes;
  const devices = new Map(nodes.map(({ tensor, device }) => [tensor, device]));
  return vulkanOrder(nodes.map(({ tensor }) => tensor)).map((tensor) => ({ tensor, device: devices.get(tensor)! }));
}

function firstDevice(graph: Graph, where: Map<GraphTensor, number>, cpu: number): number {
  const first = graph.nodes.find((node) => node.op !== 'view');
  return first ? (where.get(first) ?? cpu) : cpu;
}

/** The processor reads RAM and what other devices keep there, but not their own memory. */
function isDeviceMemory(tensor: GraphTensor, where: Map<GraphTensor, number>, cpu: number): boolean {
  const root = tensor.viewOf ?? tensor;
  return (root.heldBy ?? where.get(tensor) ?? cpu) !== cpu;
}

function assign(graph: Graph, cpu: number): Map<GraphTensor, number> {
  const where = new Map<GraphTensor, number>();
  for (const tensor of [...graph.leaves, ...graph.nodes]) {
    const device = ownDevice(tensor, cpu);
    if (device !== null) where.set(tensor, device);
  }
  const work = graph.nodes.filter((node) => node.op !== 'view');
  const backwards = [...work].reverse();
  // First the GPUs spread over what has no place yet, then everything does.
  for (const skipCpu of [true, false]) {
    for (const order of [work, backwards]) spread(order, where, skipCpu ? cpu : null);
  }
  for (const node of graph.nodes) {
    const root = node.viewOf;
    if (!where.has(node)) where.set(node, (root && where.get(root)) ?? cpu);
    for (const source of node.sources) {
      if (where.has(source)) continue;
      where.set(source, (source.viewOf && where.get(source.viewOf)) ?? where.get(node)!);
    }
  }
  return where;
}

/** Where a tensor must be because of what it is or what it works on; null if that is open. */
function ownDevice(tensor: GraphTensor, cpu: number): number | null {
  const held = (tensor.viewOf ?? tensor).heldBy;
  if (held !== null) return held;
  if (tensor.op === 'input') return cpu;
  if (tensor.op === 'rope' || tensor.op === 'flashAttention') return null;
  const weight = tensor.sources.find((source) => source.op === 'weight');
  if (!weight) return null;
  const device = weight.heldBy ?? cpu;
  const taken = device === cpu && cpu > 0 && tensor.op !== 'getRows' && tensor.rows >= offloadRows;
  return taken ? 0 : device;
}

/** Each open node goes where its neighbour is. */
function spread(order: readonly GraphTensor[], where: Map<GraphTensor, number>, skipped: number | null): void {
  let device: number | null = null;
  for (const node of order) {
    const own = where.get(node);
    if (own !== undefined) device = own === skipped ? null : own;
    else if (device !== null) where.set(node, device);
  }
}
