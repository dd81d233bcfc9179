import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import { t } from '../../protocol/translate.ts';
import { sizeText } from '../sizeText.ts';
import { createCheckedFiles } from './checkedFiles.ts';
import { diskProblem } from './diskSpace.ts';
import { hashFile } from './hashFile.ts';
import type { PublishedFile } from './hubDownload.ts';

export type ModelFileResult =
  /** `path` is the first part of a split file: the engine finds the others beside it. */
  { kind: 'ready'; path: string } | { kind: 'failed'; problem: ProblemReport } | { kind: 'cancelled' };

export interface VerifyOptions {
  dataFolder: string;
  onProgress(progress: TurnProgress): void;
  signal: AbortSignal;
  /** Reads the file even if it was checked before and is unchanged. */
  again?: boolean;
}

/** Compares a file with what is published: size and SHA-256. A file that was checked and is unchanged is not read. */
export async function verifyModelFile(
  entry: PublishedFile,
  path: string,
  options: VerifyOptions,
): Promise<ModelFileResult> {
  const file = basename(path);
  const found = await stat(path).catch(() => null);
  if (!found) return { kind: 'failed', problem: problem('modelFileGone', { file }) };
  if (found.size < entry.size) {
    const sizes = { have: sizeText(found.size), want: sizeText(entry.size) };
    return { kind: 'failed', problem: problem('modelFileIncomplete', { file, ...sizes }) };
  }
  const known = options.again ? null : await createCheckedFiles(options.dataFolder).read(path);
  let sha256 = found.size === entry.size ? known : '';
  try {
    sha256 ??= await hashFile(
      path,
      (done, total) => options.onProgress({ phase: 'verifying', name: entry.name, done, total }),
      options.signal,
    );
  } catch (error) {
    if (options.signal.aborted) return { kind: 'cancelled' };
    throw error;
  }
  if (sha256 !== entry.sha256) {
    await createCheckedFiles(options.dataFolder).forget(path);
    return { kind: 'failed', problem: problem('modelFileDamaged', {}, `sha256 ${sha256 || t('not computed')}`) };
  }
  await recordChecked(path, sha256, options.dataFolder);
  return { kind: 'ready', path };
}

/** Remembers a hash. A disk that is full costs no more than hashing the file again at the next start. */
export async function recordChecked(path: string, sha256: string, dataFolder: string): Promise<void> {
  try {
    await createCheckedFiles(dataFolder).record(path, sha256);
  } catch (error) {
    if (!diskProblem(error, dataFolder)) throw error;
  }
}
