import { lstat, realpath, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { partNames } from '../catalog/ggufNames.ts';
import { lockFile } from './fileLock.ts';
import { partsOf } from './partFiles.ts';
import { recordPath } from './publishedRecord.ts';

export type RemoveResult =
  | { kind: 'removed'; bytes: number }
  /** Nothing was there. */
  | { kind: 'absent' }
  | { kind: 'failed'; problem: ProblemReport };

interface Options {
  /** The models folder: nothing outside of it is touched. */
  folder: string;
  /** Caches of other programs, should the models folder be one of them or around one. */
  foreign: readonly string[];
}

/**
 * Removes a model's files and what belongs to them: begun downloads and records. `path` is one of its files, there or
 * only begun. A model that another process is downloading is left alone.
 */
export async function removeModel(path: string, { folder, foreign }: Options): Promise<RemoveResult> {
  if (!isWithin(path, folder)) return notOurs(path);
  const place = await realPlace(path);
  if (place === null) return { kind: 'absent' };
  const real = (each: string) => realpath(each).catch(() => each);
  if (!isWithin(place, await real(folder))) return notOurs(path);
  for (const other of foreign) if (isWithin(place, await real(other))) return notOurs(path);
  let bytes = 0;
  for (const file of partNames(path)) {
    const busy = new AbortController();
    const release = await lockFile(`${file}.lock`, busy.signal, () => busy.abort());
    if (release === null)
      return failed(t('{file} is being downloaded; stop that first.', { file: relative(folder, file) }));
    try {
      for (const each of [file, ...(await partsOf(file))]) bytes += await removeFile(each);
      await rm(recordPath(file), { force: true });
    } catch (error) {
      // Windows does not remove a file that is loaded.
      return failed(t('{file} cannot be removed; is it in use?', { file: relative(folder, file) }), String(error));
    } finally {
      await release();
    }
  }
  return bytes > 0 ? { kind: 'removed', bytes } : { kind: 'absent' };
}

const failed = (reason: string, details?: string): RemoveResult => ({
  kind: 'failed',
  problem: problem('internal', { reason }, details),
});

const notOurs = (path: string) => failed(t('Only files in Devstral’s own models folder are removed.'), path);

/** Where an entry really is; a link is itself, not what it names. Null if its folder is not there. */
async function realPlace(path: string): Promise<string | null> {
  const folder = await realpath(dirname(path)).catch(() => null);
  return folder === null ? null : join(folder, basename(path));
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function removeFile(path: string): Promise<number> {
  const there = await lstat(path).catch(() => null);
  if (!there) return 0;
  await rm(path, { force: true });
  return there.size;
}
