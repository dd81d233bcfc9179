import { basename, dirname } from 'node:path';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import { partNames } from '../catalog/ggufNames.ts';
import { starterModel } from '../catalog/starter.ts';
import { checkGgufFile } from '../ggufFile.ts';
import { bytesOf } from './diskSpace.ts';
import { readPublished } from './publishedRecord.ts';
import { verifyModelFile } from './verifyFile.ts';

export type VerifyResult =
  | { kind: 'asPublished'; file: string }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

interface Options {
  dataFolder: string;
  onProgress(progress: TurnProgress): void;
  signal: AbortSignal;
}

/** Reads all files of a model (`path` is the first) and compares them with what is published; progress counts all bytes. */
export async function verifyModel(path: string, options: Options): Promise<VerifyResult> {
  const file = basename(path);
  const structure = await checkGgufFile(path);
  if (structure.kind === 'bad') return { kind: 'failed', problem: structure.problem };
  const paths = partNames(path);
  const sizes = await Promise.all(paths.map(bytesOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  for (const [i, each] of paths.entries()) {
    const published = (await readPublished(each)) ?? (basename(each) === starterModel.file ? starterModel : null);
    if (!published) return { kind: 'failed', problem: problem('checksumUnknown', { file }, dirname(path)) };
    const done = before;
    const onProgress = (progress: TurnProgress) =>
      options.onProgress(
        progress.phase === 'verifying' ? { ...progress, done: done + progress.done, total } : progress,
      );
    const result = await verifyModelFile(published, each, { ...options, onProgress, again: true });
    if (result.kind !== 'ready') return result;
    before += sizes[i] ?? 0;
  }
  return { kind: 'asPublished', file };
}
