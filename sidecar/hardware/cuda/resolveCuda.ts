import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dataFolders } from '../../workspace/dataFolders.ts';
import { installedCuda } from './cudaFolder.ts';
import { cudaEngineFor } from './cudaPackages.ts';

type Next = (specifier: string, context: unknown) => { url: string };
type Hooks = { resolve(specifier: string, context: unknown, next: Next): { url: string; shortCircuit?: boolean } };

/** Of the Nodes that have no hooks in the same thread yet: it runs in another one and has to stand alone. */
const hookSource = `
let addresses;
export const initialize = (data) => { addresses = new Map(data); };
export const resolve = (specifier, context, next) => {
  const url = addresses.get(specifier);
  return url ? { url, shortCircuit: true } : next(specifier, context);
};`;

let used: string | null = null;

/**
 * Lets node-llama-cpp find the CUDA binaries in the person's data folder: it imports their packages by name, and where it
 * is installed is not ours to write to. To be called before `getLlama`; answers the folder, or null if they are not there.
 */
export function useDownloadedCuda(): string | null {
  if (used) return used;
  const { data } = dataFolders();
  const engine = cudaEngineFor();
  const folder = installedCuda(data, engine);
  if (!engine || !folder) return null;
  const addresses = engine.packages.map(({ name }): [string, string] => [
    `@node-llama-cpp/${name}`,
    pathToFileURL(join(folder, name, 'dist', 'index.js')).href,
  ]);
  // From Node 22.15 on; `register` is about to go.
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: Hooks) => void };
  if (registerHooks) {
    const known = new Map(addresses);
    registerHooks({
      resolve(specifier, context, next) {
        const url = known.get(specifier);
        return url ? { url, shortCircuit: true } : next(specifier, context);
      },
    });
  } else {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(hookSource)}`, { data: addresses });
  }
  used = folder;
  return folder;
}
