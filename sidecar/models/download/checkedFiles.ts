import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const Checked = z.object({ size: z.number(), mtimeMs: z.number(), ino: z.number(), sha256: z.string() });
const Checklist = z.record(z.string(), Checked);

/** Remembers which files were hashed, so that a gigabyte is read once and not at every start. */
export interface CheckedFiles {
  /** The hash that the file had, unless it was changed or replaced since. */
  read(path: string): Promise<string | null>;
  record(path: string, sha256: string): Promise<void>;
  /** The file was found damaged though nothing of it had changed (a disk that fails). */
  forget(path: string): Promise<void>;
}

export function createCheckedFiles(dataFolder: string): CheckedFiles {
  const file = join(dataFolder, 'checkedFiles.json');

  async function all(): Promise<z.infer<typeof Checklist>> {
    try {
      return Checklist.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      // Lost or damaged: files are hashed again.
      return {};
    }
  }

  async function write(next: z.infer<typeof Checklist>): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(next, null, 1), { mode: 0o600 });
    await rename(temporary, file);
  }

  /** Files that are gone (a finished part) need no line. */
  const others = async (path: string) =>
    Object.fromEntries(Object.entries(await all()).filter(([other]) => other !== path && existsSync(other)));

  return {
    async read(path) {
      const known = (await all())[path];
      const now = await stat(path).catch(() => null);
      const same = known && now && known.size === now.size && known.mtimeMs === now.mtimeMs && known.ino === now.ino;
      return same ? known.sha256 : null;
    },
    async record(path, sha256) {
      const { size, mtimeMs, ino } = await stat(path);
      await write({ ...(await others(path)), [path]: { size, mtimeMs, ino, sha256 } });
    },
    async forget(path) {
      if (path in (await all())) await write(await others(path));
    },
  };
}
