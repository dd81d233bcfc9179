import { freemem } from 'node:os';
import { mem } from 'systeminformation';

/** Bytes that a new allocation can get without swapping, within the limits of a container. */
export async function freeMemory(): Promise<number> {
  // macOS counts only untouched pages as free there.
  if (process.platform === 'darwin') return (await mem()).available;
  // Missing in older runtimes that an editor may bring.
  return (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
}
