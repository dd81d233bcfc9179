import { totalmem } from 'node:os';
import { cpu, graphics } from 'systeminformation';
import { usableCores } from './cores.ts';
import { cpuFeatures } from './cpuFeatures.ts';
import { type ProbeOptions, probeGpu } from './gpuProbe.ts';
import type { Device, Machine } from './machine.ts';
import { freeMemory } from './memory.ts';

/** The machine, with what was found out on the way. */
export interface MachineReport extends Machine {
  /** Backends that were found but do not work, each with a line saying why. */
  failures: { kind: Device['kind']; reason: string }[];
  /** The NVIDIA driver and the CUDA libraries are here; only the engine's binaries for them are not. */
  couldRunCuda?: true;
  /** Graphics cards that the system knows, used or not. */
  cards: string[];
}

const cardsLimitMs = 5000;

/** The backends to try here, the best first. */
export function backendsFor(platform: string, arch: string): Device['kind'][] {
  if (platform === 'darwin') return arch === 'arm64' ? ['metal'] : [];
  return ['cuda', 'vulkan'];
}

/** Looks at processor, memory and GPUs; takes some seconds. What fails is missing in the answer: never rejects. */
export async function describeMachine(options: ProbeOptions = {}): Promise<MachineReport> {
  const [processor, cards, gpus, ram] = await Promise.all([
    describeCpu(),
    findCards(),
    findDevices(options),
    readRam(),
  ]);
  return { cpu: processor, ram, ...gpus, cards };
}

/** The same machine with the memory that is free now; asks only the backend that is in use. */
export async function refreshMemory(machine: Machine, options: ProbeOptions = {}): Promise<Machine> {
  const devices = await Promise.all(
    machine.devices.map(async (device) => {
      const found = await probeGpu(device.kind, options);
      return found.kind === 'device' ? found.device : device;
    }),
  );
  return { ...machine, ram: await readRam(), devices };
}

async function readRam(): Promise<Machine['ram']> {
  const total = totalmem();
  const free = await freeMemory().catch(() => 0);
  return { total: containerLimit(total), free };
}

/** In a container, what it may use. */
function containerLimit(total: number): number {
  const limit = (process as { constrainedMemory?: () => number }).constrainedMemory?.() ?? 0;
  return limit > 0 && limit < total ? limit : total;
}

async function describeCpu(): Promise<Machine['cpu']> {
  const none = { manufacturer: '', brand: '', physicalCores: 0 };
  const { manufacturer, brand, physicalCores } = await cpu().catch(() => none);
  const model = brand.startsWith(manufacturer) ? brand : `${manufacturer} ${brand}`;
  return {
    model: model.trim(),
    physicalCores: physicalCores || (await usableCores().catch(() => 1)),
    features: await cpuFeatures(),
  };
}

/** The first backend with a device is used; those before it that fail are said. */
async function findDevices(
  options: ProbeOptions,
): Promise<Pick<MachineReport, 'devices' | 'failures' | 'couldRunCuda'>> {
  const failures: MachineReport['failures'] = [];
  let couldRun = {};
  for (const kind of backendsFor(process.platform, process.arch)) {
    const result = await probeGpu(kind, options);
    if (result.kind === 'device') return { devices: [result.device], failures, ...couldRun };
    if (result.kind === 'none' && result.couldRun) couldRun = { couldRunCuda: true };
    if (result.kind === 'failed') failures.push({ kind, reason: result.reason });
  }
  return { devices: [], failures, ...couldRun };
}

async function findCards(): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), cardsLimitMs);
  });
  const found = await Promise.race([graphics().catch(() => null), limit]);
  clearTimeout(timer);
  return (found?.controllers ?? []).map(({ model }) => model.trim()).filter((model) => model !== '');
}
