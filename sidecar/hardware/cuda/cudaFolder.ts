import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CudaEngine, cudaEngineFor } from './cudaPackages.ts';

/** Where everything about the download lies: a folder for each version, beginnings of downloads, the lock. */
export const cudaRoot = (dataFolder: string): string => join(dataFolder, 'cuda');

/** The packages' own folder; it is there only when it is whole and checked. */
export const cudaFolder = (dataFolder: string, { version }: CudaEngine): string => join(cudaRoot(dataFolder), version);

/** Where the CUDA binaries for exactly this engine are; null if they were not downloaded. */
export function installedCuda(dataFolder: string, engine = cudaEngineFor()): string | null {
  const folder = engine && cudaFolder(dataFolder, engine);
  return folder && existsSync(folder) ? folder : null;
}

/** Whether those of another version are here, which this engine cannot use. */
export function hasOtherCuda(dataFolder: string, engine = cudaEngineFor()): boolean {
  const root = cudaRoot(dataFolder);
  if (!engine || !existsSync(root)) return false;
  return readdirSync(root).some((name) => /^\d+\.\d+\.\d+$/.test(name) && name !== engine.version);
}
