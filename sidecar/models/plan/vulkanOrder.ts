import type { GraphOp, GraphTensor } from './graphTensor.ts';

/** Nodes that are looked at together (`NUM_TO_CHECK`). */
const reach = 20;
/** Pairs that Vulkan runs as one, so that the second may follow the first. */
const fused: readonly [GraphOp, GraphOp][] = [
  ['norm', 'scale'],
  ['matMul', 'add'],
  ['add', 'add'],
];

/**
 * Vulkan computes what does not depend on each other side by side, and for that changes the order within a piece of the
 * graph, which changes how long tensors live (ggml-vulkan.cpp, `ggml_vk_graph_optimize`, as far as these graphs need it).
 */
export function vulkanOrder(nodes: readonly GraphTensor[]): GraphTensor[] {
  const order: GraphTensor[] = [];
  const used = nodes.map(() => false);
  const at = (index: number) => nodes[index]!;
  let first = 0;
  while (first < nodes.length) {
    const set = [first];
    const end = Math.min(first + reach, nodes.length);
    for (let j = first + 1; j < end; j++) {
      if (used[j] || at(j).op === 'view' || !isFree(j, set)) continue;
      set.push(j);
      for (const index of storeAfterRope(nodes, j)) {
        set.push(index);
        used[index] = true;
      }
    }
    // Views come last, and never between sums.
    if (at(set.at(-1)!).op !== 'add') {
      for (let j = first + 1; j < end; j++) {
        if (!used[j] && at(j).op === 'view' && viewIsFree(j, set)) set.push(j);
      }
    }
    for (const index of set) {
      order.push(at(index));
      used[index] = true;
    }
    while (used[first]) first++;
  }
  return order;

  function isFree(j: number, set: readonly number[]): boolean {
    for (let c = first; c < j; c++) {
      if (used[c] || !depends(at(j), at(c))) continue;
      const follows = j === c + 1 && c === set.at(-1);
      if (!follows || !fused.some(([a, b]) => at(c).op === a && at(j).op === b)) return false;
    }
    return true;
  }

  function viewIsFree(j: number, set: readonly number[]): boolean {
    for (let c = first; c < j; c++) {
      if (!used[c] && depends(at(j), at(c)) && !set.includes(c)) return false;
    }
    return true;
  }
}

const base = (tensor: GraphTensor) => tensor.viewOf ?? tensor;

function depends(later: GraphTensor, earlier: GraphTensor): boolean {
  if (later.sources.includes(earlier) || base(later) === base(earlier)) return true;
  if (later.op === 'view' || earlier.op === 'view') return false;
  if (later.sources.some((source) => base(source) === base(earlier))) return true;
  return earlier.sources.some((source) => base(source) === base(later));
}

/** Turned keys go into the cache at once: the view of a rotation and the store that follows it. */
function storeAfterRope(nodes: readonly GraphTensor[], rope: number): number[] {
  const turned = nodes[rope]!;
  if (turned.op !== 'rope') return [];
  const end = Math.min(rope + 10, nodes.length);
  for (let view = rope + 1; view < end; view++) {
    if (nodes[view]!.op !== 'view' || nodes[view]!.sources[0] !== turned) continue;
    for (let store = view + 1; store < end; store++) {
      if (nodes[store]!.op === 'setRows' && nodes[store]!.sources[0] === nodes[view]) return [view, store];
    }
    return [];
  }
  return [];
}
