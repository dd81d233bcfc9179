import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import * as z from 'zod';
import { type CacheFolder, type CacheSource, cacheFolders } from './cacheFolders.ts';
import { groupModelFiles, type NamedFile } from './ggufNames.ts';

/** A model that another program has fetched. It is used where it is; never written, never removed. */
export interface FoundModel {
  source: CacheSource;
  /** As its program calls it: `org/repo/file`, or `devstral:24b` in Ollama. */
  name: string;
  /** The file to load; the first part of a split one. */
  path: string;
  /** Bytes of all parts. */
  size: number;
  quantisation: string;
  /** Repository of the hub and path in it, where the program keeps them. */
  repo?: string;
  file?: string;
}

/** Entries looked at in one cache: a models folder that is somebody's home must not be walked for minutes. */
const mostEntries = 20_000;
const deepest = 8;
const largestManifest = 1e6;

/** The folders of this machine, LM Studio's pointer read. */
export async function machineCacheFolders(): Promise<CacheFolder[]> {
  const home = homedir();
  const pointer = await readFile(join(home, '.lmstudio-home-pointer'), 'utf8').catch(() => '');
  const lmStudioHome = pointer.split('\n')[0]?.trim() || undefined;
  return cacheFolders({ platform: process.platform, env: process.env, home, lmStudioHome });
}

/** All models in the caches, each file once; whatever cannot be read is left out. */
export async function findModels(folders: readonly CacheFolder[]): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const seen = new Set<string>();
  for (const { source, path } of folders) {
    const models = source === 'ollama' ? await inOllama(path) : await inTree(source, path);
    for (const model of models) {
      const real = await realpath(model.path).catch(() => null);
      if (real === null || seen.has(real)) continue;
      seen.add(real);
      if (await isGguf(real)) found.push(model);
    }
  }
  return found;
}

async function isGguf(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.toString('latin1') === 'GGUF';
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

/** Files under a folder, with `/` in their paths; symlinks to files are followed, to folders not (they may go round). */
async function walk(root: string): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  const folders = [{ path: root, depth: 0 }];
  let looked = 0;
  for (let at = folders.shift(); at; at = folders.shift()) {
    const entries = await readdir(at.path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      looked++;
      if (looked > mostEntries) return files;
      const path = join(at.path, entry.name);
      if (entry.isDirectory() && at.depth < deepest) folders.push({ path, depth: at.depth + 1 });
      if (!(entry.isFile() || entry.isSymbolicLink())) continue;
      const there = await stat(path).catch(() => null);
      if (there?.isFile()) files.push({ path: relative(root, path).split(sep).join('/'), size: there.size });
    }
  }
  return files;
}

/** Hugging Face: `models--org--repo/snapshots/<commit>/file`; LM Studio: `org/repo/file`. */
async function inTree(source: 'huggingface' | 'lmstudio', root: string): Promise<FoundModel[]> {
  const pattern =
    source === 'huggingface' ? /^models--([^/]+?)--([^/]+)\/snapshots\/[^/]+\/(.+)$/ : /^([^/]+)\/([^/]+)\/(.+)$/;
  const files = (await walk(root)).filter(({ path }) => pattern.test(path));
  return groupModelFiles(files).flatMap(({ files: [first], size, quantisation }) => {
    const [, org, name, file] = pattern.exec(first.path) ?? [];
    if (file === undefined) return [];
    const repo = `${org}/${name}`;
    return [{ source, name: `${repo}/${file}`, path: join(root, first.path), size, quantisation, repo, file }];
  });
}

const Manifest = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string(), size: z.number() })),
});
const digestPattern = /^sha256:([0-9a-f]{64})$/;

/** Ollama: `manifests/<registry>/<namespace>/<name>/<tag>` names the blob of the weights. */
async function inOllama(root: string): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const manifests = await walk(join(root, 'manifests'));
  for (const { path: manifest, size: bytes } of manifests) {
    const segments = manifest.split('/');
    const [tag = '', name = ''] = segments.toReversed();
    if (segments.length < 3 || bytes > largestManifest) continue;
    const layers = await readLayers(join(root, 'manifests', manifest));
    const weights = layers.filter(({ mediaType }) => mediaType === 'application/vnd.ollama.image.model');
    const digest = digestPattern.exec(weights[0]?.digest ?? '')?.[1];
    // Several layers of weights are parts that the engine cannot put together from blobs.
    if (digest === undefined || weights.length !== 1) continue;
    const path = join(root, 'blobs', `sha256-${digest}`);
    const there = await stat(path).catch(() => null);
    // A pull that goes on has the blob under another name, or not all of it.
    if (!there?.isFile() || there.size !== weights[0]?.size) continue;
    const isLibrary = segments.at(-3) === 'library';
    const called = `${isLibrary ? name : segments.slice(0, -1).join('/')}:${tag}`;
    found.push({ source: 'ollama', name: called, path, size: there.size, quantisation: quantisationOfTag(tag) });
  }
  return found;
}

/** Tags like `24b-small-2507-q4_K_M`; most say nothing. */
const quantisationOfTag = (tag: string): string => /(?:^|-)(q\d_\w+|fp16|bf16)$/i.exec(tag)?.[1]?.toUpperCase() ?? '';

async function readLayers(path: string): Promise<z.infer<typeof Manifest>['layers']> {
  try {
    return Manifest.parse(JSON.parse(await readFile(path, 'utf8'))).layers;
  } catch {
    return [];
  }
}
