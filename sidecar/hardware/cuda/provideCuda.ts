import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, freeBytes, noSpace, spareBytes, whileWriting } from '../../models/download/diskSpace.ts';
import { downloadFile } from '../../models/download/downloadFile.ts';
import { lockFile } from '../../models/download/fileLock.ts';
import { createFileTransport } from '../../models/download/fileTransport.ts';
import { hashFile } from '../../models/download/hashFile.ts';
import type { ProxySettings } from '../../models/http.ts';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import { t } from '../../protocol/translate.ts';
import { cudaFolder, cudaRoot, installedCuda } from './cudaFolder.ts';
import { type CudaEngine, type CudaPackage, cudaEngineFor, downloadBytes } from './cudaPackages.ts';
import { packageSource, registryAddress } from './registry.ts';
import { unpackArchive } from './unpackArchive.ts';

export type CudaResult =
  /** `fetched` is false if it was there before. */
  | { kind: 'ready'; folder: string; fetched: boolean }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

export interface CudaOptions {
  dataFolder: string;
  offline: boolean;
  proxy: ProxySettings;
  onProgress(progress: TurnProgress): void;
  signal: AbortSignal;
  /** The three below are replaced in tests. */
  engine?: CudaEngine | null;
  freeSpace?: (folder: string) => Promise<number>;
  retryDelaysMs?: readonly number[];
}

type Step = { kind: 'done' } | Exclude<CudaResult, { kind: 'ready' }>;

const name = t('CUDA engine');
const partOf = (root: string, engine: CudaEngine, { name }: CudaPackage): string =>
  join(root, `${engine.version}-${name}.tgz.part`);

/**
 * Makes the engine's CUDA binaries ready: there before, or fetched from the npm registry (resuming what is there), checked
 * and unpacked. Under the version's name there is only ever a whole folder of checked packages.
 */
export async function provideCuda(options: CudaOptions): Promise<CudaResult> {
  const { dataFolder, engine = cudaEngineFor(), freeSpace = freeBytes, signal } = options;
  if (!engine) return { kind: 'failed', problem: problem('cudaNotHere', {}) };
  const there = installedCuda(dataFolder, engine);
  if (there) return { kind: 'ready', folder: there, fetched: false };
  if (options.offline) {
    return { kind: 'failed', problem: problem('offline', { action: t('Downloading the CUDA engine') }) };
  }
  const root = cudaRoot(dataFolder);
  const need = () => bytesMissing(root, engine);
  try {
    return await whileWriting(root, need, freeSpace, async () => {
      await mkdir(root, { recursive: true, mode: 0o700 });
      return inTurn(engine, root, options);
    });
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    throw error;
  }
}

async function inTurn(engine: CudaEngine, root: string, options: CudaOptions): Promise<CudaResult> {
  // Another window or terminal downloads it: what it has so far is shown.
  const total = downloadBytes(engine);
  const release = await lockFile(join(root, 'lock'), options.signal, () => {
    void bytesHere(root, engine).then((received) => {
      if (!installedCuda(options.dataFolder, engine))
        options.onProgress({ phase: 'downloading', name, received, total, bytesPerSecond: 0 });
    });
  });
  if (!release) return { kind: 'cancelled' };
  try {
    const there = installedCuda(options.dataFolder, engine);
    if (there) return { kind: 'ready', folder: there, fetched: true };
    const step = await fetchAll(engine, root, options);
    if (step.kind !== 'done') return step;
    return { kind: 'ready', folder: await unpackAll(engine, root, options), fetched: true };
  } finally {
    await release();
  }
}

async function fetchAll(engine: CudaEngine, root: string, options: CudaOptions): Promise<Step> {
  const { freeSpace = freeBytes } = options;
  const need = await bytesMissing(root, engine);
  const free = await freeSpace(root);
  if (free < need + spareBytes) return { kind: 'failed', problem: noSpace(need, free, root) };
  let before = 0;
  for (const part of engine.packages) {
    const begun = (await bytesOf(partOf(root, engine, part))) > 0;
    let step = await fetchOne(engine, part, root, before, options);
    // The beginning was not all on the disk (a power cut): once more from the first byte.
    if (begun && step.kind === 'failed' && step.problem.code === 'downloadDamaged') {
      step = await fetchOne(engine, part, root, before, options);
    }
    if (step.kind !== 'done') return step;
    before += part.size;
  }
  return { kind: 'done' };
}

/** Downloads one package and compares its hash; what has another one is removed. */
async function fetchOne(
  engine: CudaEngine,
  wanted: CudaPackage,
  root: string,
  before: number,
  options: CudaOptions,
): Promise<Step> {
  const { signal, onProgress } = options;
  const registry = registryAddress();
  if (!registry) {
    return { kind: 'failed', problem: problem('internal', { reason: t('npm_config_registry is not a web address.') }) };
  }
  const part = partOf(root, engine, wanted);
  const total = downloadBytes(engine);
  const { ask, close } = createFileTransport(options.proxy, signal);
  try {
    const downloaded = await downloadFile(packageSource(registry, wanted, engine.version, ask), part, {
      ...options,
      onProgress({ received, bytesPerSecond, msLeft }) {
        const left = msLeft === undefined ? {} : { msLeft: ((total - before - received) * 1000) / bytesPerSecond };
        onProgress({ phase: 'downloading', name, received: before + received, total, bytesPerSecond, ...left });
      },
    });
    if (downloaded.kind !== 'complete') return downloaded;
  } finally {
    await close();
  }
  const check = (done: number) => onProgress({ phase: 'verifying', name, done: before + done, total });
  const sha512 = await hashFile(part, check, signal, 'sha512');
  if (`sha512-${Buffer.from(sha512, 'hex').toString('base64')}` === wanted.integrity) return { kind: 'done' };
  await rm(part, { force: true });
  return { kind: 'failed', problem: problem('downloadDamaged', { what: wanted.name }, `sha512 ${sha512}`) };
}

async function unpackAll(engine: CudaEngine, root: string, options: CudaOptions): Promise<string> {
  const folder = cudaFolder(options.dataFolder, engine);
  const unpacked = `${folder}.new`;
  await rm(unpacked, { recursive: true, force: true });
  const total = downloadBytes(engine);
  let before = 0;
  try {
    for (const part of engine.packages) {
      const say = (done: number) => options.onProgress({ phase: 'unpacking', name, done: before + done, total });
      await unpackArchive(partOf(root, engine, part), join(unpacked, part.name), say, options.signal);
      before += part.size;
    }
    await rename(unpacked, folder);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  // Archives and earlier versions. One that another window has in memory cannot be removed on Windows; the next time it can.
  for (const entry of await readdir(root)) {
    if (entry === engine.version || entry.startsWith('lock')) continue;
    await rm(join(root, entry), { recursive: true, force: true }).catch(() => undefined);
  }
  return folder;
}

/** Bytes of the archives that are on the disk. */
async function bytesHere(root: string, engine: CudaEngine): Promise<number> {
  const sizes = await Promise.all(engine.packages.map((part) => bytesOf(partOf(root, engine, part))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Bytes that the disk still has to take: the rest of the archives and all that is in them. */
async function bytesMissing(root: string, engine: CudaEngine): Promise<number> {
  const unpacked = engine.packages.reduce((sum, part) => sum + part.unpacked, 0);
  return Math.max(0, downloadBytes(engine) - (await bytesHere(root, engine))) + unpacked;
}
