import type { MachineReport } from '../hardware/describeMachine.ts';
import { hardwareText } from '../hardware/hardwareText.ts';
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

/** What this computer can run models with, and what stands in the way. Pure. */
export function machineChecks(facts: MachineFacts, language: string): Check[] {
  const { machine, unsupported, diskFree, modelsFolder, versions } = facts;
  const lines = hardwareText(machine, language).split('\n');
  const find = (start: string) => lines.find((line) => line.startsWith(start)) ?? '';
  const runtime = versions.electron ? `Electron ${versions.electron}` : `Node ${versions.node}`;
  const gpu = machine.devices[0];
  const checks: Check[] = [
    unsupported === null
      ? { id: 'engine', state: 'ok', message: `Engine: runs here (${runtime})` }
      : { id: 'engine', state: 'fail', message: `Engine: ${unsupported}`, fix: 'Use a server: devstral.servers' },
    { id: 'processor', state: 'ok', message: find('Processor:') },
    machine.ram.free >= starterNeeds
      ? { id: 'memory', state: 'ok', message: find('Memory:') }
      : {
          id: 'memory',
          state: 'warn',
          message: find('Memory:'),
          fix: 'Close other programs: the starter needs about 2 GB',
        },
    { id: 'gpu', state: 'ok', message: find('GPU:') },
  ];
  for (const { kind, reason } of machine.failures) {
    const mend =
      kind === 'cuda'
        ? 'Install the NVIDIA driver and the CUDA Toolkit 13 or 12, or devstral cuda --remove'
        : 'Mend the driver, or set devstral.models.gpu to something else';
    const fix = `${mend}; ${gpu ? gpu.kind : 'the processor'} is used`;
    checks.push({ id: `gpu-${kind}`, state: 'warn', message: `${kind} was found, but does not work: ${reason}`, fix });
  }
  const cuda = cudaCheck(machine, facts.cuda);
  if (cuda) checks.push(cuda);
  const free = `${(diskFree / 1e9).toFixed(0)} GB free in ${modelsFolder}`;
  checks.push(
    diskFree >= smallestDevstral
      ? { id: 'disk', state: 'ok', message: `Disk: ${free}` }
      : {
          id: 'disk',
          state: 'warn',
          message: `Disk: ${free}; Devstral Small needs 14.3 GB`,
          fix: 'Set devstral.models.folder',
        },
  );
  return checks;
}
