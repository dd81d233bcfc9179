import { constants, copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { problem } from '../../protocol/problems.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import { t } from '../../protocol/translate.ts';
import { starterModel } from '../catalog/starter.ts';
import { checkGgufFile } from '../ggufFile.ts';
import { freeBytes, whileWriting } from './diskSpace.ts';
import { modelFilePath } from './ensureModelFile.ts';
import { type ModelFileResult, recordChecked, verifyModelFile } from './verifyFile.ts';

interface Options {
  folder: string;
  dataFolder: string;
  onProgress(progress: TurnProgress): void;
  signal: AbortSignal;
}

/**
 * Takes a model file that was fetched by hand into the models folder: as a second name of the same data where the disk
 * can do that, else as a copy. The starter is known by its size and must have the published hash. Never replaces
 * another file.
 */
export async function addModelFile(file: string, options: Options): Promise<ModelFileResult> {
  const checked = await checkGgufFile(file);
  if (checked.kind === 'bad') return { kind: 'failed', problem: checked.problem };
  const isStarter = checked.facts.size === starterModel.size;
  if (isStarter) {
    const verified = await verifyModelFile(starterModel, file, options);
    if (verified.kind !== 'ready') return verified;
  }
  if (options.signal.aborted) return { kind: 'cancelled' };
  const need = async () => checked.facts.size;
  return whileWriting(options.folder, need, freeBytes, () => putInFolder(file, isStarter, options));
}

async function putInFolder(file: string, isStarter: boolean, options: Options): Promise<ModelFileResult> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const path = isStarter ? modelFilePath(starterModel, options.folder) : join(options.folder, basename(file));
  const there = await stat(path).catch(() => null);
  if (there) {
    const own = await stat(file);
    if (there.ino === own.ino && there.dev === own.dev) return { kind: 'ready', path };
    if (!isStarter) {
      const reason = t('The models folder has another {file} already; rename one of them.', { file: basename(path) });
      return { kind: 'failed', problem: problem('internal', { reason }) };
    }
    await rm(path);
  }
  await place(file, path);
  if (isStarter) await recordChecked(path, starterModel.sha256, options.dataFolder);
  return { kind: 'ready', path };
}

async function place(file: string, path: string): Promise<void> {
  try {
    await link(file, path);
  } catch {
    // Another disk, or a file system without links: a copy, under its name only when whole.
    const temporary = `${path}.${process.pid}.copy`;
    try {
      await copyFile(file, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
