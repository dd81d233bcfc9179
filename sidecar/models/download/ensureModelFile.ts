import { statSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import type { CatalogEntry } from '../catalog/starter.ts';
import { createDispatcher, type ProxySettings } from '../http.ts';
import { sizeText } from '../sizeText.ts';
import { createCheckedFiles } from './checkedFiles.ts';
import { lockFile } from './fileLock.ts';
import { hashFile } from './hashFile.ts';
import { downloadFromHub } from './hubDownload.ts';

export type ModelFileResult =
  | { kind: 'ready'; path: string }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

interface VerifyOptions {
  dataFolder: string;
  onProgress(progress: TurnProgress): void;
  signal: AbortSignal;
}

interface EnsureOptions extends VerifyOptions {
  /** Where model files live. */
  folder: string;
  offline: boolean;
  proxy: ProxySettings;
  /** Replaced in tests. */
  freeSpace?: (folder: string) => Promise<number>;
  retryDelaysMs?: readonly number[];
}

/** Where a catalog model's file is, whether it is there or not. */
export const modelFilePath = (entry: CatalogEntry, folder: string): string => join(folder, entry.file);

/**
 * Makes a catalog model's file ready: found and checked before, or downloaded (resuming what is there) and checked.
 * Under its final name there is only ever a file with the published hash.
 */
export async function ensureModelFile(entry: CatalogEntry, options: EnsureOptions): Promise<ModelFileResult> {
  const path = modelFilePath(entry, options.folder);
  if ((await createCheckedFiles(options.dataFolder).read(path)) === entry.sha256) return { kind: 'ready', path };
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  // Another process downloads it: what it has so far is shown.
  const release = await lockFile(`${path}.lock`, options.signal, () => {
    const received = statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0;
    options.onProgress({ phase: 'downloading', name: entry.name, received, total: entry.size, bytesPerSecond: 0 });
  });
  if (!release) return { kind: 'cancelled' };
  try {
    return await fetchAndCheck(entry, path, options);
  } finally {
    await release();
  }
}

async function fetchAndCheck(entry: CatalogEntry, path: string, options: EnsureOptions): Promise<ModelFileResult> {
  const part = `${path}.part`;
  const found = await stat(path).catch(() => null);
  if (found) {
    const verified = await verifyModelFile(entry, path, options);
    if (verified.kind !== 'failed') return verified;
    // A file that was cut off (copied by hand, say) is a beginning; anything else is of no use.
    const partThere = await stat(part).catch(() => null);
    if (found.size < entry.size && !partThere) await rename(path, part);
    else await rm(path, { force: true });
    if (found.size === entry.size) return verified;
  }
  if (options.offline) {
    return { kind: 'failed', problem: problem('offline', { action: `Downloading ${entry.name}` }) };
  }
  const dispatcher = createDispatcher({ proxy: options.proxy });
  try {
    const downloaded = await downloadFromHub(entry, part, {
      ...options,
      dispatcher,
      onProgress: (progress) => options.onProgress({ phase: 'downloading', name: entry.name, ...progress }),
    });
    if (downloaded.kind !== 'complete') return downloaded;
  } finally {
    await dispatcher.close();
  }
  const verified = await verifyModelFile(entry, part, options);
  if (verified.kind === 'failed') await rm(part, { force: true });
  if (verified.kind !== 'ready') return verified;
  await rename(part, path);
  await createCheckedFiles(options.dataFolder).record(path, entry.sha256);
  return { kind: 'ready', path };
}

/** Compares a file with what the catalog says: size and SHA-256. A file that was checked and is unchanged is not read. */
export async function verifyModelFile(
  entry: CatalogEntry,
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
  const checked = createCheckedFiles(options.dataFolder);
  let sha256 = found.size === entry.size ? await checked.read(path) : '';
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
    return { kind: 'failed', problem: problem('modelFileDamaged', {}, `sha256 ${sha256 || 'not computed'}`) };
  }
  await checked.record(path, sha256);
  return { kind: 'ready', path };
}
