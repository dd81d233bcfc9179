import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import type { ProxySettings } from '../http.ts';
import { createByteMeter } from './byteMeter.ts';
import { createCheckedFiles } from './checkedFiles.ts';
import { bytesOf, freeBytes, whileWriting } from './diskSpace.ts';
import type { DownloadResult } from './downloadFile.ts';
import { lockFile } from './fileLock.ts';
import { createFileTransport } from './fileTransport.ts';
import { followHash } from './followHash.ts';
import { downloadFromHub, type PublishedFile } from './hubDownload.ts';
import { partPath, partsOf } from './partFiles.ts';
import { writePublished } from './publishedRecord.ts';
import { type ModelFileResult, recordChecked, type VerifyOptions, verifyModelFile } from './verifyFile.ts';

export interface EnsureOptions extends VerifyOptions {
  /** Where model files live. */
  folder: string;
  offline: boolean;
  proxy: ProxySettings;
  /** The three below are replaced in tests. */
  hashThread?: string;
  freeSpace?: (folder: string) => Promise<number>;
  retryDelaysMs?: readonly number[];
}

/** Where a published file is kept in a folder, whether it is there or not. */
export const modelFilePath = (entry: Pick<PublishedFile, 'file'>, folder: string): string =>
  join(folder, ...entry.file.split('/'));

/**
 * Makes a published file ready: found and checked before, or downloaded (resuming what is there) and checked.
 * Under its final name there is only ever a file with the published hash.
 */
export async function ensureModelFile(entry: PublishedFile, options: EnsureOptions): Promise<ModelFileResult> {
  const path = modelFilePath(entry, options.folder);
  if ((await createCheckedFiles(options.dataFolder).read(path)) === entry.sha256) return { kind: 'ready', path };
  const { freeSpace = freeBytes } = options;
  const need = async () => entry.size - (await bytesOf(partPath(path, entry)));
  return whileWriting(dirname(path), need, freeSpace, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return inTurn(entry, path, options);
  });
}

async function inTurn(entry: PublishedFile, path: string, options: EnsureOptions): Promise<ModelFileResult> {
  const part = partPath(path, entry);
  // Another process downloads it: what it has so far is shown.
  let waited = Promise.resolve();
  const meter = createByteMeter(entry.size, (progress) =>
    options.onProgress({ phase: 'downloading', name: entry.name, ...progress }),
  );
  const release = await lockFile(`${path}.lock`, options.signal, () => {
    waited = bytesOf(part).then(meter.note);
  });
  await waited;
  if (!release) return { kind: 'cancelled' };
  try {
    return await fetchAndCheck(entry, path, options);
  } finally {
    await release();
  }
}

async function fetchAndCheck(entry: PublishedFile, path: string, options: EnsureOptions): Promise<ModelFileResult> {
  const part = partPath(path, entry);
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
    return { kind: 'failed', problem: problem('offline', { action: t('Downloading {name}', { name: entry.name }) }) };
  }
  const begun = (await bytesOf(part)) > 0;
  let fetched = await fetchPart(entry, part, options);
  // The beginning was from another file or was not all on the disk (a power cut): once more from the first byte.
  if (begun && fetched.kind === 'failed' && fetched.problem.code === 'modelFileDamaged') {
    fetched = await fetchPart(entry, part, options);
  }
  if (fetched.kind !== 'ready') return fetched;
  if (entry.revision !== undefined) await writePublished(path, entry);
  await rename(part, path);
  await recordChecked(path, entry.sha256, options.dataFolder);
  for (const old of await partsOf(path)) await rm(old, { force: true });
  return { kind: 'ready', path };
}

/** Downloads into `part` and checks it; a part with another hash is removed. */
async function fetchPart(entry: PublishedFile, part: string, options: EnsureOptions): Promise<ModelFileResult> {
  const { onProgress } = options;
  const followed = followHash(part, options.signal, options.hashThread);
  try {
    const downloaded = await download(entry, part, options);
    if (downloaded.kind !== 'complete') return downloaded;
    // What is recorded as checked must survive a power cut.
    const handle = await open(part, 'r+');
    await handle.sync().finally(() => handle.close());
    const total = entry.size;
    const sha256 = await followed.finish((done) => onProgress({ phase: 'verifying', name: entry.name, done, total }));
    if (sha256 === entry.sha256) return { kind: 'ready', path: part };
  } finally {
    await followed.close();
  }
  const verified = await verifyModelFile(entry, part, options);
  if (verified.kind === 'failed') await rm(part, { force: true });
  return verified;
}

async function download(entry: PublishedFile, part: string, options: EnsureOptions): Promise<DownloadResult> {
  const { ask, close } = createFileTransport(options.proxy, options.signal);
  try {
    return await downloadFromHub(entry, part, {
      ...options,
      ask,
      onProgress: (progress) => options.onProgress({ phase: 'downloading', name: entry.name, ...progress }),
    });
  } finally {
    await close();
  }
}
