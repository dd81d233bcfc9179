import type { MachineReport } from '../hardware/describeMachine.ts';
import { sizeText } from '../models/sizeText.ts';
import { t } from '../protocol/translate.ts';
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
  if (gpu?.kind === 'cuda') return { id: 'cuda', state: 'ok', message: t('CUDA: the downloaded engine is used') };
  const hasCard = [gpu?.name ?? '', ...machine.cards].some((name) => nvidia.test(name));
  if (!hasCard || cuda.download === null) return null;
  // Downloaded, but it fails: the line of the failure says why.
  if (machine.failures.some(({ kind }) => kind === 'cuda')) return null;
  const backend = gpu && (gpu.kind === 'vulkan' ? 'Vulkan' : gpu.kind);
  if (cuda.installed) {
    const message = backend
      ? t('NVIDIA card: it runs through {backend}; the downloaded CUDA engine finds no device', { backend })
      : t('NVIDIA card: it is not used; the downloaded CUDA engine finds no device');
    return { id: 'cuda', state: 'warn', message, fix: t('Update the NVIDIA driver') };
  }
  const size = sizeText(cuda.download);
  return {
    id: 'cuda',
    state: 'warn',
    message: missingText(backend, cuda.outdated),
    fix: machine.couldRunCuda
      ? t('devstral cuda, or “Devstral: Download CUDA Engine” ({size})', { size })
      : t('Install the CUDA Toolkit 13 or 12; then devstral cuda, or “Devstral: Download CUDA Engine” ({size})', {
          size,
        }),
  };
}

function missingText(backend: string | undefined, outdated: boolean): string {
  if (backend) {
    return outdated
      ? t('NVIDIA card: it runs through {backend}; CUDA is usually quicker and downloaded for another version', {
          backend,
        })
      : t('NVIDIA card: it runs through {backend}; CUDA is usually quicker and not downloaded', { backend });
  }
  return outdated
    ? t('NVIDIA card: it is not used; CUDA is usually quicker and downloaded for another version')
    : t('NVIDIA card: it is not used; CUDA is usually quicker and not downloaded');
}
