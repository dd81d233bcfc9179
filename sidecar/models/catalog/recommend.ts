import type { Machine } from '../../hardware/machine.ts';
import type { CatalogModel } from './catalog.ts';

/** How a model of a size would run here, as far as its size alone says. */
export type Fit = 'gpu' | 'partly' | 'processor' | 'tooLarge';

/** Keys and values of a short session, and the buffers. The plan from the header says exactly. */
const beside = 1.5e9;
/** Slower than this, a person waits for minutes. Tokens per second. */
const slowest = 4;
/** Bytes a second that a usual laptop reads from its memory, where nothing was measured yet. */
const usualBandwidth = 35e9;

/** Judged by the whole memory, not by what is free at the moment. Pure. */
export function fitOf(size: number, { ram, devices }: Machine): Fit {
  const [device] = devices;
  const need = size + beside;
  if (device && need <= (device.unified ? ram.total * 0.7 : device.total * 0.95)) return 'gpu';
  if (need > ram.total * 0.8) return 'tooLarge';
  return device && !device.unified && device.total >= 4e9 ? 'partly' : 'processor';
}

/**
 * The best of the catalog that is quick enough here, or null where only the starter is. `bandwidth` in bytes a second as
 * measured with another model: writing a token reads all weights once.
 */
export function recommend(
  models: readonly CatalogModel[],
  machine: Machine,
  bandwidth: number | null,
): CatalogModel | null {
  const onProcessor = bandwidth ?? usualBandwidth;
  const good = models.filter((model) => {
    const size = model.files[0]?.size;
    if (model.use !== 'chat' || model.licence.mustAccept || size === undefined) return false;
    const fit = fitOf(size, machine);
    return fit === 'gpu' || (fit === 'processor' && onProcessor / size >= slowest);
  });
  // The catalog is in the order of preference, the starter last.
  return good[0] ?? null;
}

/** Tokens per second to expect on the processor. */
export const expectedRate = (size: number, bandwidth: number): number => bandwidth / size;
