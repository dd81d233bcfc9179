import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** Measured rates of one model file on this machine, in tokens per second. */
export interface Rates {
  prefill: number;
  decode: number;
  /** An answer that mostly repeats its draft; absent until there was one. */
  rewrite?: number | undefined;
}

const Stored = z.object({
  size: z.number(),
  mtimeMs: z.number(),
  gpu: z.string(),
  threads: z.number(),
  prefill: z.number(),
  decode: z.number(),
  rewrite: z.optional(z.number()),
});
const Calibrations = z.record(z.string(), Stored);

/** What rates were measured with; other threads or another file make them void. */
export interface CalibrationKey {
  path: string;
  size: number;
  mtimeMs: number;
  gpu: string;
  threads: number;
}

export interface Calibration {
  read(key: CalibrationKey): Promise<Rates | null>;
  write(key: CalibrationKey, rates: Rates): Promise<void>;
}

/** Keeps measured rates in one file of the data folder. A file that cannot be read counts as empty. */
export function createCalibration(dataFolder: string): Calibration {
  const file = join(dataFolder, 'calibration.json');
  let writing: Promise<void> = Promise.resolve();

  async function all(): Promise<z.infer<typeof Calibrations>> {
    try {
      return Calibrations.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return {};
    }
  }

  async function replace({ path, ...key }: CalibrationKey, rates: Rates): Promise<void> {
    const next = { ...(await all()), [path]: { ...key, ...rates } };
    const temporary = `${file}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(next, null, 1), { mode: 0o600 });
    await rename(temporary, file);
  }

  return {
    async read(key) {
      const stored = (await all())[key.path];
      const same =
        stored?.size === key.size &&
        stored.mtimeMs === key.mtimeMs &&
        stored.gpu === key.gpu &&
        stored.threads === key.threads;
      return same ? { prefill: stored.prefill, decode: stored.decode, rewrite: stored.rewrite } : null;
    },
    write(key, rates) {
      const write = writing.then(() => replace(key, rates));
      writing = write.catch(() => {});
      return write;
    },
  };
}

/** A new measurement moves the kept rate by this share: one slow run on a busy machine is not the machine. */
const weight = 0.3;

/** Mixes what a real run measured into the kept rates. Undefined parts were too short to count. */
export function mixRates(kept: Rates, measured: { [Part in keyof Rates]?: number | undefined }): Rates {
  const mix = (old: number, now: number | undefined) => (now === undefined ? old : old + weight * (now - old));
  return {
    prefill: mix(kept.prefill, measured.prefill),
    decode: mix(kept.decode, measured.decode),
    rewrite: kept.rewrite === undefined ? measured.rewrite : mix(kept.rewrite, measured.rewrite),
  };
}
