import { stat, statfs } from 'node:fs/promises';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { sizeText } from '../sizeText.ts';
import { errorCode } from './networkProblem.ts';

/** Left free beside the file: a disk filled to the brim harms more than a missing model. */
export const spareBytes = 100e6;

export const noSpace = (need: number, free: number, folder: string) =>
  problem('diskFull', { need: sizeText(need), folder, free: sizeText(free) });

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Size of a file; 0 if it is not there. */
export const bytesOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );

/** What a folder that cannot be written is reported as; `full` if its disk is. */
export function diskProblem(error: unknown, folder: string): ProblemReport | 'full' | null {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EFBIG', 'EIO'].includes(code)) return null;
  return problem('internal', { reason: t('{folder} cannot be written ({code}).', { folder, code }) }, String(error));
}

/**
 * Does something that writes to a folder; a full or locked disk is an outcome, not a bug. `need` answers the bytes that
 * are still missing.
 */
export async function whileWriting<T>(
  folder: string,
  need: () => Promise<number>,
  freeSpace: (folder: string) => Promise<number>,
  write: () => Promise<T>,
): Promise<T | { kind: 'failed'; problem: ProblemReport }> {
  try {
    return await write();
  } catch (error) {
    const disk = diskProblem(error, folder);
    if (disk === null) throw error;
    if (disk !== 'full') return { kind: 'failed', problem: disk };
    const free = await freeSpace(folder).catch(() => 0);
    return { kind: 'failed', problem: noSpace(await need(), free, folder) };
  }
}
