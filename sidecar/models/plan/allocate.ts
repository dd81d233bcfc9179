import { type GraphTensor, inPlace } from './graphTensor.ts';
import type { Schedule } from './schedule.ts';

/** What ggml's buffers align to; larger ones change the sums by some hundred bytes only. */
const alignment = 64;
const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

/** Memory of a device from which tensors are taken and given back. */
interface Pool {
  take(bytes: number): number;
  give(offset: number, bytes: number): void;
  /** The most that was in use, gaps included. */
  peak(): number;
}

/** Takes from the best fitting gap, else from the end, which has no limit (`ggml_dyn_tallocr`). */
function createPool(): Pool {
  const free = [{ offset: 0, size: Number.MAX_SAFE_INTEGER }];
  let peak = 0;
  function join(at: number): void {
    const block = free[at]!;
    const next = free[at + 1];
    if (!next || block.offset + block.size !== next.offset) return;
    block.size += next.size;
    free.splice(at + 1, 1);
  }
  return {
    take(bytes) {
      const size = aligned(bytes);
      let best = -1;
      for (let i = 0; i < free.length - 1; i++) {
        const block = free[i]!;
        if (block.size >= size && (best < 0 || block.size <= free[best]!.size)) best = i;
      }
      if (best < 0) best = free.length - 1;
      const block = free[best]!;
      const { offset } = block;
      block.offset += size;
      block.size -= size;
      if (block.size === 0) free.splice(best, 1);
      peak = Math.max(peak, offset + size);
      return offset;
    },
    give(offset, bytes) {
      const at = free.findIndex((block) => block.offset > offset);
      free.splice(at, 0, { offset, size: aligned(bytes) });
      join(at);
      if (at > 0) join(at - 1);
    },
    peak: () => peak,
  };
}

interface Place {
  device: number;
  offset: number;
  children: number;
  views: number;
  allocated: boolean;
}

/**
 * The largest use of each device's compute buffer while the graph runs, in bytes: ggml's graph allocator replayed
 * (ggml-alloc.c, `ggml_gallocr_alloc_graph_impl`).
 */
export function computeBytes(schedule: Schedule, devices: number): number[] {
  const pools = Array.from({ length: devices }, createPool);
  const places = new Map<GraphTensor, Place>();
  const place = (tensor: GraphTensor): Place => {
    let found = places.get(tensor);
    if (!found) {
      found = { device: 0, offset: 0, children: 0, views: 0, allocated: false };
      places.set(tensor, found);
    }
    return found;
  };

  function allocate(tensor: GraphTensor, device: number): void {
    const own = place(tensor);
    if (own.allocated || tensor.heldBy !== null || tensor.viewOf) return;
    own.allocated = true;
    if (inPlace.has(tensor.op) && takeOver(tensor, own)) return;
    own.device = device;
    own.offset = pools[device]!.take(tensor.bytes);
  }

  /** Writes over an input that nobody else needs. */
  function takeOver(tensor: GraphTensor, own: Place): boolean {
    for (const parent of tensor.sources) {
      const before = place(parent);
      // A view counts as nobody's own: `ggml_gallocr_is_own` is false for it, whatever its comment intends.
      if (!before.allocated || parent.layout !== tensor.layout || before.children !== 1 || before.views !== 0) continue;
      own.device = before.device;
      own.offset = before.offset;
      before.allocated = false;
      return true;
    }
    return false;
  }

  function release(tensor: GraphTensor): void {
    const own = place(tensor);
    if (!own.allocated) return;
    pools[own.device]!.give(own.offset, tensor.bytes);
    own.allocated = false;
  }

  for (const { tensor, device } of schedule.leaves) allocate(tensor, device);
  for (const { tensor } of schedule.nodes) {
    if (tensor.viewOf && tensor.op !== 'copied') place(tensor.viewOf).views++;
    for (const source of tensor.sources) place(source).children++;
  }
  for (const { tensor, device } of schedule.nodes) {
    for (const source of tensor.sources) allocate(source, device);
    allocate(tensor, device);
    for (const source of tensor.sources) {
      const used = place(source);
      used.children--;
      if (used.children > 0 || used.views > 0) continue;
      if (!source.viewOf) {
        release(source);
        continue;
      }
      const root = place(source.viewOf);
      root.views--;
      if (root.views === 0 && root.children === 0) release(source.viewOf);
    }
  }
  return pools.map((pool) => pool.peak());
}
