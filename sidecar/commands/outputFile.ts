import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of one output that are kept on disk. */
export const mostOutput = 50_000_000;
const keptDays = 30;

export interface OutputFile {
  path: string;
  write(chunk: Uint8Array): void;
  /** Bytes that came, also those that were not kept. */
  readonly bytes: number;
  /** Why not all of it is on disk; null if it is. */
  readonly gap: string | null;
  close(): void;
}

/** A new file for the output of one command, readable by the person only. What does not fit is said in `gap`. */
export function createOutputFile(folder: string, now: Date, most = mostOutput): OutputFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const path = join(folder, `${stamp}-${randomBytes(3).toString('hex')}.log`);
  let file: number | null = openSync(path, 'wx', 0o600);
  let bytes = 0;
  let gap: string | null = null;
  const close = () => {
    if (file !== null) closeSync(file);
    file = null;
  };
  return {
    path,
    write(chunk) {
      const room = most - bytes;
      bytes += chunk.length;
      if (file === null || gap) return;
      try {
        if (chunk.length > room) gap = `only its first ${Math.round(most / 1e6)} MB are kept`;
        writeSync(file, chunk.subarray(0, Math.max(0, room)));
      } catch {
        gap = 'the disk took no more';
      }
    },
    get bytes() {
      return bytes;
    },
    get gap() {
      return gap;
    },
    close,
  };
}

/** Removes outputs that are older than 30 days; answers how many. */
export function removeOldOutputs(folder: string, now: Date): number {
  const oldest = now.getTime() - keptDays * 86_400_000;
  let removed = 0;
  for (const name of outputNames(folder)) {
    const path = join(folder, name);
    try {
      if (statSync(path).mtimeMs >= oldest) continue;
      rmSync(path);
      removed++;
    } catch {
      // Another window removed it.
    }
  }
  return removed;
}

function outputNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.log'));
  } catch {
    return [];
  }
}
