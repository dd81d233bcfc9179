import type { MachineReport } from '../hardware/describeMachine.ts';
import { sizeText } from '../models/sizeText.ts';
import type { Check } from './checks.ts';

/** What is known of the engine's CUDA binaries, which are an optional download. */
export interface CudaFacts {
  /** Bytes to download; null where none are made for the platform. */
  download: number | null;
  installed: boolean;
  /** Those of an earlier version are here. */
  outdated: boolean;
}

const nvidia = /nvidia|geforce|quadro|rtx|tesla/i;

/** Whether an NVIDIA card is used as well as it can be, and what to do if not; null if that is no question here. */
export function cudaCheck(machine: MachineReport, cuda: CudaFacts): Check | null {
  const [gpu] = machine.devices;
  if (gpu?.kind === 'cuda') return { id: 'cuda', state: 'ok', message: 'CUDA: the downloaded engine is used' };
  const hasCard = [gpu?.name ?? '', ...machine.cards].some((name) => nvidia.test(name));
  if (!hasCard || cuda.download === null) return null;
  // Downloaded, but it fails: the line of the failure says why.
  if (machine.failures.some(({ kind }) => kind === 'cuda')) return null;
  const now = gpu ? `runs through ${gpu.kind === 'vulkan' ? 'Vulkan' : gpu.kind}` : 'is not used';
  if (cuda.installed) {
    const message = `NVIDIA card: it ${now}; the downloaded CUDA engine finds no device`;
    return { id: 'cuda', state: 'warn', message, fix: 'Update the NVIDIA driver' };
  }
  const before = machine.couldRunCuda ? '' : 'Install the CUDA Toolkit 13 or 12; then ';
  const what = cuda.outdated ? 'downloaded for another version' : 'not downloaded';
  return {
    id: 'cuda',
    state: 'warn',
    message: `NVIDIA card: it ${now}; CUDA is usually quicker and ${what}`,
    fix: `${before}devstral cuda, or “Devstral: Download CUDA Engine” (${sizeText(cuda.download)})`,
  };
}
