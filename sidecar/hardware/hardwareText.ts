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
  const { cpu, ram, devices, failures, cards } = machine;
  const cores = `${cpu.physicalCores} ${cpu.physicalCores === 1 ? 'core' : 'cores'}`;
  const features = cpu.features.map((feature) => featureNames[feature]);
  const lines = [
    `Processor: ${[cpu.model || 'unknown', cores, ...features].join(', ')}`,
    `Memory: ${freeOf(ram, language)}`,
  ];
  for (const device of devices) {
    const shared = device.unified ? ', shared with the processor' : '';
    lines.push(`GPU: ${device.name} (${backendNames[device.kind]}), ${freeOf(device, language)}${shared}`);
  }
  if (devices.length === 0) lines.push(noGpu(cards));
  for (const { kind, reason } of failures) lines.push(`${backendNames[kind]} was found, but does not work: ${reason}`);
  return lines.join('\n');
}

function noGpu(cards: readonly string[]): string {
  const found = cards.length > 0 ? `none that the engine can use (${cards.join(', ')})` : 'none found';
  return `GPU: ${found}; models run on the processor`;
}

function freeOf({ total, free }: { total: number; free: number }, language: string): string {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return `${number.format(free / 2 ** 30)} of ${number.format(total / 2 ** 30)} GB free`;
}
