import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile } from '../../models/download/fileLock.ts';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { cudaRoot } from './cudaFolder.ts';

export type CudaRemoved =
  | { kind: 'removed'; bytes: number }
  | { kind: 'absent' }
  | { kind: 'failed'; problem: ProblemReport };

/** Removes the downloaded CUDA binaries, of every version, and beginnings of downloads. All of it or nothing. */
export async function removeCuda(dataFolder: string): Promise<CudaRemoved> {
  const root = cudaRoot(dataFolder);
  if (!(await stat(root).catch(() => null))) return { kind: 'absent' };
  // Whoever downloads it holds the lock; that is not waited for.
  const patience = new AbortController();
  const release = await lockFile(join(root, 'lock'), patience.signal, () => patience.abort());
  if (!release) return { kind: 'failed', problem: problem('cudaInUse', { why: t('It is being downloaded') }) };
  const aside = `${root}.${process.pid}.old`;
  await release();
  const bytes = await sizeOf(root);
  try {
    // On Windows a library that is in memory keeps its folder from being moved.
    await rename(root, aside);
  } catch (error) {
    const why = t('A model uses it');
    return { kind: 'failed', problem: problem('cudaInUse', { why }, String(error)) };
  }
  await rm(aside, { recursive: true, force: true });
  return bytes > 0 ? { kind: 'removed', bytes } : { kind: 'absent' };
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.map(async (entry) =>
    entry.isFile() ? (await stat(join(entry.parentPath, entry.name))).size : 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
