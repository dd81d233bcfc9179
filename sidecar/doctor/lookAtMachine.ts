import { statfs } from 'node:fs/promises';
import { knownMachine } from '../hardware/knownMachine.ts';
import { engineUnsupported } from '../models/backends/local/engine.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Check } from './checks.ts';
import { machineChecks } from './machineChecks.ts';

/** Looks at this computer; some seconds, most of them for the drivers of GPUs. */
export async function lookAtMachine(modelsFolder: string, language: string): Promise<Check[]> {
  const { models } = dataFolders(modelsFolder);
  const [machine, disk] = await Promise.all([knownMachine(), statfs(models)]);
  return machineChecks(
    {
      machine,
      unsupported: engineUnsupported(),
      diskFree: disk.bavail * disk.bsize,
      modelsFolder: models,
      versions: process.versions,
    },
    language,
  );
}
