import { statfs } from 'node:fs/promises';
import { hasOtherCuda, installedCuda } from '../hardware/cuda/cudaFolder.ts';
import { cudaEngineFor, downloadBytes } from '../hardware/cuda/cudaPackages.ts';
import { knownMachine } from '../hardware/knownMachine.ts';
import { engineUnsupported } from '../models/backends/local/engine.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Check } from './checks.ts';
import { machineChecks } from './machineChecks.ts';

/** Looks at this computer; some seconds, most of them for the drivers of GPUs. */
export async function lookAtMachine(modelsFolder: string, language: string): Promise<Check[]> {
  const { models, data } = dataFolders(modelsFolder);
  const engine = cudaEngineFor();
  const [machine, disk] = await Promise.all([knownMachine(), statfs(models)]);
  return machineChecks(
    {
      machine,
      unsupported: engineUnsupported(),
      diskFree: disk.bavail * disk.bsize,
      modelsFolder: models,
      versions: process.versions,
      cuda: {
        download: engine && downloadBytes(engine),
        installed: installedCuda(data) !== null,
        outdated: hasOtherCuda(data),
      },
    },
    language,
  );
}
