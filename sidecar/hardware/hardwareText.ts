import { memory } from '../protocol/numbers.ts';
import { listed, plural, t } from '../protocol/translate.ts';
import type { MachineReport } from './describeMachine.ts';
import type { CpuFeature, Device } from './machine.ts';

/** The machine in some lines, for `devstral doctor` and "Show Hardware". Pure. */

const featureNames: Record<CpuFeature, string> = {
  avx: 'AVX',
  avx2: 'AVX2',
  avx512: 'AVX-512',
  amx: 'AMX',
  neon: 'NEON',
  dotprod: 'DotProd',
  i8mm: 'I8MM',
  sve: 'SVE',
};
/** Backends as their makers write them. */
export const backendNames: Record<Device['kind'], string> = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' };

export function hardwareText(machine: MachineReport, language: string): string {
  const { failures } = machine;
  const lines = [processorText(machine), memoryText(machine, language), ...gpuTexts(machine, language)];
  for (const { kind, reason } of failures) lines.push(failureText(backendNames[kind], reason));
  return lines.join('\n');
}

export function processorText({ cpu }: MachineReport): string {
  const cores = plural(cpu.physicalCores, { one: '{count} core', other: '{count} cores' });
  const features = cpu.features.map((feature) => featureNames[feature]);
  return t('Processor: {facts}', { facts: listed([cpu.model || t('unknown'), cores, ...features]) });
}

export const memoryText = ({ ram }: MachineReport, language: string): string =>
  t('Memory: {facts}', { facts: freeOf(ram, language) });

/** A line for each GPU, or one that says why there is none. */
export function gpuTexts({ devices, cards }: MachineReport, language: string): string[] {
  if (devices.length === 0) return [noGpu(cards)];
  return devices.map((device) => {
    const shared = device.unified ? t('shared with the processor') : '';
    const name = `${device.name} (${backendNames[device.kind]})`;
    return t('GPU: {facts}', { facts: listed([name, freeOf(device, language), shared]) });
  });
}

export const failureText = (backend: string, reason: string): string =>
  t('{backend} was found, but does not work: {reason}', { backend, reason });

/** In a few words: "RTX 4090 24 GB, 64 GB RAM". */
export function shortHardwareText({ cpu, ram, devices }: MachineReport, language: string): string {
  const [gpu] = devices;
  const memoryOfGpu = gpu && !gpu.unified ? ` ${memory(gpu.total, language)}` : '';
  const device = gpu ? `${gpu.name}${memoryOfGpu}` : cpu.model;
  return listed([device, t('{size} RAM', { size: memory(ram.total, language) })]);
}

function noGpu(cards: readonly string[]): string {
  if (cards.length === 0) return t('GPU: none found; models run on the processor');
  const names = cards.join(', ');
  return t('GPU: none that the engine can use ({cards}); models run on the processor', { cards: names });
}

const freeOf = ({ total, free }: { total: number; free: number }, language: string): string =>
  t('{memory} free', { memory: memory(free, language, total) });
