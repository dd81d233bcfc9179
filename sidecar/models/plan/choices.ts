import type { Device, Machine } from '../../hardware/machine.ts';
import {
  contextStep,
  type DevicePlan,
  type KvType,
  type MemoryPlan,
  type PlannedModel,
  planMemory,
} from './memoryPlan.ts';

/** A way to run a model on a machine. */
export interface PlanChoice {
  kvType: KvType;
  /** Tokens. */
  context: number;
  /** As in `PlanSettings`. */
  gpuLayers: number;
  placement: 'gpu' | 'split' | 'cpu';
  plan: MemoryPlan;
}

export type PlanOutcome =
  /** The best first, at most four. `taken` says what keeps it from the GPU that it would fit. */
  | { kind: 'fits'; choices: PlanChoice[]; taken: Shortage | null }
  /** It would fit if other programs gave back memory; `choice` is how. */
  | { kind: 'takenByOthers'; taken: Shortage; choice: PlanChoice }
  /** Bytes: the least it needs in all, and what could be had if nothing else ran. */
  | { kind: 'tooLarge'; need: number; have: number };

/** Memory that is missing on a device. Bytes. */
export interface Shortage {
  device: 'ram' | Device['kind'];
  name: string;
  need: number;
  free: number;
}

export interface ChoiceOptions {
  /** Tokens it was trained with; 0 if that is not known. */
  trainedContext: number;
  batch?: number;
  /** Sizes to choose from, the smallest first; by default usual ones up to the trained. Tokens. */
  contexts?: readonly number[];
  /** Precisions of keys and values to choose from, the finest first; by default all. */
  kvTypes?: readonly KvType[];
}

/** For drivers and the engine itself, which llama.cpp's buffers do not count. Bytes. */
export const gpuReserve = 0.5 * 2 ** 30;
export const ramReserve = 0.5 * 2 ** 30;

const usualBatch = 512;
const leastContext = 4096;
/** A turn of an agent wants this much; more context is worth less than exact keys and values. */
const goodContext = 32_768;
/** What a model that is partly on the GPU is planned for: longer ones are slow there. */
const splitContext = 16_384;
const contexts = [4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256].map((k) => k * 1024);
const kvTypes: readonly KvType[] = ['f16', 'q8_0', 'q4_0'];
const mostChoices = 4;

/** The ways in which a model fits into the free memory of a machine. */
export function planChoices(model: PlannedModel, machine: Machine, options: ChoiceOptions): PlanOutcome {
  const empty = emptied(machine);
  const device = empty.devices[0];
  const separate = device !== undefined && !device.unified;
  const have = empty.ram.free + (separate ? device.free : 0);
  const weights = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  // The search takes a second for what is far too large.
  if (weights <= have) {
    const choices = findChoices(model, machine, options);
    const [best] = choices;
    if (best && (best.placement === 'gpu' || !device)) return { kind: 'fits', choices, taken: null };
    const [choice] = findChoices(model, empty, options);
    const taken = choice ? shortage(choice.plan, machine) : null;
    if (best) return { kind: 'fits', choices, taken: choice?.placement === 'gpu' ? taken : null };
    if (choice && taken) return { kind: 'takenByOthers', taken, choice };
  }
  const gpuLayers = machine.devices.length > 0 ? model.layers + 1 : 0;
  const least = planned(model, machine, options, 'q4_0', options.contexts?.[0] ?? leastContext, gpuLayers);
  const { gpu, ram } = needs(least.plan);
  const need = gpu + ram + ramReserve + (separate ? gpuReserve : 0);
  return { kind: 'tooLarge', need, have };
}

function findChoices(model: PlannedModel, machine: Machine, options: ChoiceOptions): PlanChoice[] {
  const sizes = options.contexts ?? contextSizes(options.trainedContext);
  const { kvTypes: types = kvTypes } = options;
  const found: PlanChoice[] = [];
  const add = (choice: PlanChoice | null) => {
    if (choice) found.push(choice);
  };
  if (machine.devices.length > 0) {
    for (const kvType of types) add(longest(model, machine, options, kvType, model.layers + 1, sizes));
    const enough = found.some((choice) => choice.context >= Math.min(splitContext, sizes.at(-1) ?? 0));
    for (const kvType of enough ? [] : types.slice(0, 2)) {
      add(mostLayers(model, machine, options, kvType, Math.min(splitContext, sizes.at(-1) ?? leastContext)));
    }
  }
  if (found.length === 0) {
    // Without a GPU in use the processor has its weights in the order that it computes fastest with.
    const bare = { ...machine, devices: [] };
    for (const kvType of types) add(longest(model, bare, options, kvType, 0, sizes));
  }
  return withoutWorse(found).sort(byWorth).slice(0, mostChoices);
}

/** Sizes to offer, the trained one the largest. */
function contextSizes(trained: number): number[] {
  if (trained <= 0) return contexts.filter((size) => size <= goodContext);
  const whole = Math.floor(trained / contextStep) * contextStep || contextStep;
  return [...contexts.filter((size) => size < whole), whole];
}

function planned(
  model: PlannedModel,
  machine: Machine,
  { batch = usualBatch }: ChoiceOptions,
  kvType: KvType,
  context: number,
  gpuLayers: number,
): PlanChoice {
  const plan = planMemory(model, machine, { context, kvType, batch, gpuLayers, flashAttention: true });
  const placement = gpuLayers === 0 ? 'cpu' : gpuLayers > model.layers ? 'gpu' : 'split';
  return { kvType, context, gpuLayers, placement, plan };
}

/** The longest context that fits, by bisection: memory only grows with it. */
function longest(
  model: PlannedModel,
  machine: Machine,
  options: ChoiceOptions,
  kvType: KvType,
  gpuLayers: number,
  sizes: readonly number[],
): PlanChoice | null {
  const at = (index: number) => planned(model, machine, options, kvType, sizes[index] ?? leastContext, gpuLayers);
  return lastFitting(sizes.length, at, machine);
}

/** As many layers on the GPU as fit with a given context. */
function mostLayers(
  model: PlannedModel,
  machine: Machine,
  options: ChoiceOptions,
  kvType: KvType,
  context: number,
): PlanChoice | null {
  // Fewer on the GPU may not fit into the RAM, so the search runs over what fits on the GPU and checks the RAM at the end.
  const anyRam = { ...machine, ram: { total: Number.POSITIVE_INFINITY, free: Number.POSITIVE_INFINITY } };
  const at = (index: number) => planned(model, anyRam, options, kvType, context, index + 1);
  const choice = lastFitting(model.layers, at, anyRam);
  return choice && shortage(choice.plan, machine) === null ? choice : null;
}

function lastFitting(count: number, at: (index: number) => PlanChoice, machine: Machine): PlanChoice | null {
  let low = 0;
  let high = count - 1;
  let best: PlanChoice | null = null;
  while (low <= high) {
    const middle = (low + high + 1) >> 1;
    const choice = at(middle);
    if (shortage(choice.plan, machine) === null) {
      best = choice;
      low = middle + 1;
    } else high = middle - 1;
  }
  return best;
}

/** Memory that must be there, in bytes. */
export function needs(plan: MemoryPlan): { gpu: number; ram: number } {
  const sum = (devices: readonly DevicePlan[]) =>
    devices.reduce((total, device) => total + device.total - device.droppable, 0);
  return {
    ram: sum(plan.devices.filter((device) => device.device === 'cpu')),
    gpu: sum(plan.devices.filter((device) => device.device !== 'cpu')),
  };
}

/** What is missing for a plan, or null if it fits. */
export function shortage(plan: MemoryPlan, machine: Machine): Shortage | null {
  const { gpu, ram } = needs(plan);
  const device = machine.devices[0];
  if (device && gpu > 0 && gpu + gpuReserve > device.free) {
    return { device: device.kind, name: device.name, need: gpu + gpuReserve, free: device.free };
  }
  const ramNeed = ram + ramReserve + (device?.unified ? gpu : 0);
  if (ramNeed > machine.ram.free) return { device: 'ram', name: '', need: ramNeed, free: machine.ram.free };
  return null;
}

/** The machine with nothing else running, but for what the system always keeps. */
function emptied(machine: Machine): Machine {
  return {
    ...machine,
    ram: { total: machine.ram.total, free: Math.max(machine.ram.free, machine.ram.total * 0.85) },
    devices: machine.devices.map((device) => ({ ...device, free: Math.max(device.free, device.total * 0.95) })),
  };
}

/** Drops what has coarser keys and values without a longer context or more layers on the GPU. */
function withoutWorse(choices: readonly PlanChoice[]): PlanChoice[] {
  return choices.filter((choice) => {
    const finer = choices.filter((other) => kvTypes.indexOf(other.kvType) < kvTypes.indexOf(choice.kvType));
    return !finer.some((other) => other.context >= choice.context && other.gpuLayers >= choice.gpuLayers);
  });
}

const placementWorth = { gpu: 2, split: 1, cpu: 0 } as const;

function byWorth(a: PlanChoice, b: PlanChoice): number {
  const worth = ({ placement, context, kvType }: PlanChoice) => [
    context >= leastContext * 2 ? 1 : 0,
    placementWorth[placement],
    Math.min(context, goodContext),
    -kvTypes.indexOf(kvType),
    context,
  ];
  const [left, right] = [worth(a), worth(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? 0 : (right[at] ?? 0) - (left[at] ?? 0);
}
