import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TurnProgress } from '../../protocol/progress.ts';
import { createCheckedFiles } from './checkedFiles.ts';
import { bytesOf, diskProblem, freeBytes, noSpace, spareBytes, whileWriting } from './diskSpace.ts';
import { type EnsureOptions, ensureModelFile, modelFilePath } from './ensureModelFile.ts';
import type { PublishedFile } from './hubDownload.ts';
import { partPath } from './partFiles.ts';
import { writePublished } from './publishedRecord.ts';
import type { ModelFileResult } from './verifyFile.ts';

/** A model as the hub publishes it at one commit: one file, or the parts of a split one in their order. */
export interface PublishedModel {
  /** Short name, for progress. */
  name: string;
  repo: string;
  files: readonly [PublishedFile, ...PublishedFile[]];
}

/** Folder of a repository's files in the models folder: repositories use the same file names. */
export const repoFolder = (repo: string, folder: string): string => join(folder, repo.replace('/', '--'));

/** Makes all files of a model ready, one after the other; room for all of them is looked for first. */
export async function ensureModel(model: PublishedModel, options: EnsureOptions): Promise<ModelFileResult> {
  const folder = repoFolder(model.repo, options.folder);
  const total = model.files.reduce((sum, { size }) => sum + size, 0);
  const { freeSpace = freeBytes } = options;
  const missing = await missingBytes(model, folder, options.dataFolder);
  if (missing > 0 && !options.offline) {
    const room = await whileWriting(
      options.folder,
      async () => missing,
      freeSpace,
      async () => {
        await mkdir(options.folder, { recursive: true, mode: 0o700 });
        return freeSpace(options.folder);
      },
    );
    if (typeof room !== 'number') return room;
    if (room < missing + spareBytes) return { kind: 'failed', problem: noSpace(missing, room, options.folder) };
  }
  if (!options.offline) await writeRecords(model, folder);
  let before = 0;
  let first = '';
  for (const file of model.files) {
    const onProgress = shiftedProgress(before, total, options.onProgress);
    const result = await ensureModelFile(file, { ...options, folder, onProgress });
    if (result.kind !== 'ready') return result;
    first ||= result.path;
    before += file.size;
  }
  return { kind: 'ready', path: first };
}

/** What comes is recorded first: other windows, and this one after a restart, can tell how much of it is there. */
async function writeRecords({ files }: PublishedModel, folder: string): Promise<void> {
  for (const file of files) {
    const path = modelFilePath(file, folder);
    if (file.revision === undefined || (await bytesOf(path)) > 0) continue;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writePublished(path, file);
    } catch (error) {
      // The download itself meets the same disk and says so.
      if (!diskProblem(error, folder)) throw error;
    }
  }
}

/** Progress of one file as progress of all. */
function shiftedProgress(before: number, total: number, onProgress: (progress: TurnProgress) => void) {
  return (progress: TurnProgress): void => {
    if (progress.phase === 'verifying') onProgress({ ...progress, done: before + progress.done, total });
    else if (progress.phase !== 'downloading') onProgress(progress);
    else {
      const received = before + progress.received;
      const left = ((total - received) * 1000) / progress.bytesPerSecond;
      const msLeft = progress.msLeft === undefined ? {} : { msLeft: Math.round(left) };
      onProgress({ ...progress, received, total, ...msLeft });
    }
  };
}

async function missingBytes(model: PublishedModel, folder: string, dataFolder: string): Promise<number> {
  const checked = createCheckedFiles(dataFolder);
  let missing = 0;
  for (const file of model.files) {
    const path = modelFilePath(file, folder);
    if ((await checked.read(path)) === file.sha256 || (await bytesOf(path)) === file.size) continue;
    missing += Math.max(0, file.size - (await bytesOf(partPath(path, file))));
  }
  return missing;
}
