import type { MachineReport } from '../hardware/describeMachine.ts';
import { failureText, gpuTexts, memoryText, processorText } from '../hardware/hardwareText.ts';
import { fileSize, full } from '../protocol/numbers.ts';
import { t } from '../protocol/translate.ts';
import type { Check } from './checks.ts';
import { type CudaFacts, cudaCheck } from './cudaCheck.ts';

export interface MachineFacts {
  machine: MachineReport;
  /** Why the engine's binaries cannot run here, or null. */
  unsupported: string | null;
  /** Bytes free where models are kept. */
  diskFree: number;
  modelsFolder: string;
  versions: NodeJS.ProcessVersions;
  cuda: CudaFacts;
}

/** Smaller than any Devstral at Q4. */
const smallestDevstral = 14.3e9;
const starterNeeds = 2e9;

const gigabytes = (bytes: number, language: string) => t('{size} GB', { size: full(bytes / 1e9, language) });

/** What this computer can run models with, and what stands in the way. Pure. */
export function machineChecks(facts: MachineFacts, language: string): Check[] {
  const { machine, unsupported, diskFree, modelsFolder, versions } = facts;
  const runtime = versions.electron ? `Electron ${versions.electron}` : `Node ${versions.node}`;
  const gpu = machine.devices[0];
  const checks: Check[] = [
    unsupported === null
      ? { id: 'engine', state: 'ok', message: t('Engine: runs here ({runtime})', { runtime }) }
      : {
          id: 'engine',
          state: 'fail',
          message: t('Engine: {reason}', { reason: unsupported }),
          fix: t('Use a server: devstral.servers'),
        },
    { id: 'processor', state: 'ok', message: processorText(machine) },
    machine.ram.free >= starterNeeds
      ? { id: 'memory', state: 'ok', message: memoryText(machine, language) }
      : {
          id: 'memory',
          state: 'warn',
          message: memoryText(machine, language),
          fix: t('Close other programs: the starter needs about 2 GB'),
        },
    { id: 'gpu', state: 'ok', message: gpuTexts(machine, language)[0] ?? '' },
  ];
  for (const { kind, reason } of machine.failures) {
    const mend =
      kind === 'cuda'
        ? t('Install the NVIDIA driver and the CUDA Toolkit 13 or 12, or devstral cuda --remove')
        : t('Mend the driver, or set devstral.models.gpu to something else');
    const fix = gpu
      ? t('{mend}; {device} is used', { mend, device: gpu.kind })
      : t('{mend}; the processor is used', { mend });
    checks.push({ id: `gpu-${kind}`, state: 'warn', message: failureText(kind, reason), fix });
  }
  const cuda = cudaCheck(machine, facts.cuda);
  if (cuda) checks.push(cuda);
  const free = t('{size} free in {folder}', { size: gigabytes(diskFree, language), folder: modelsFolder });
  checks.push(
    diskFree >= smallestDevstral
      ? { id: 'disk', state: 'ok', message: t('Disk: {free}', { free }) }
      : {
          id: 'disk',
          state: 'warn',
          message: t('Disk: {free}; Devstral Small needs {size}', { free, size: fileSize(smallestDevstral, language) }),
          fix: t('Set devstral.models.folder'),
        },
  );
  return checks;
}
