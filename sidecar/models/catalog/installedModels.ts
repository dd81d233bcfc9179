import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { recogniseModel } from './catalog.ts';
import { groupModelFiles, type NamedFile } from './ggufNames.ts';

/** A model in our own folder. */
export interface InstalledModel {
  /** Id in the catalog, or else the path: either names it to `devstral.model`. */
  id: string;
  /** The file to load; the first part of a split one. */
  path: string;
  /** All its files. */
  paths: string[];
  /** Bytes of all parts. */
  size: number;
  quantisation: string;
  /** Repository of the hub and path in it; absent for a file that was put there by hand. */
  repo?: string;
  file?: string;
}

/** A download that was not finished; it goes on with the next `pull`. */
export interface BegunDownload {
  id: string;
  /** Where the file will be. */
  path: string;
  /** Bytes that are there. */
  received: number;
  repo?: string;
  file?: string;
}

const repoFolderName = /^([^/]+?)--([^/]+)\/(.+)$/;
/** Repository folder, and folders in the repository. */
const deepest = 4;

/** The whole models in the models folder: under its final name a file is always complete and checked. */
export async function installedModels(folder: string): Promise<InstalledModel[]> {
  const files = await filesIn(folder, folder, 0, /\.gguf$/i);
  const models = groupModelFiles(files).map(({ files: parts, size, quantisation }) => {
    const paths = parts.map(({ path }) => join(folder, path)) as [string, ...string[]];
    const { repo, file } = placeOf(parts[0].path);
    const id = recogniseModel(repo === '' ? file : `${repo}/${file}`)?.id ?? paths[0];
    return { id, path: paths[0], paths, size, quantisation, ...(repo === '' ? {} : { repo, file }) };
  });
  return models.sort((a, b) => a.path.localeCompare(b.path));
}

export async function begunDownloads(folder: string): Promise<BegunDownload[]> {
  const parts = await filesIn(folder, folder, 0, /\.gguf(?:\.[0-9a-f]{8})?\.part$/i);
  return parts.map(({ path: part, size: received }) => {
    const path = part.replace(/(?:\.[0-9a-f]{8})?\.part$/i, '');
    const { repo, file } = placeOf(path);
    const id = recogniseModel(repo === '' ? file : `${repo}/${file}`)?.id ?? join(folder, path);
    return { id, path: join(folder, path), received, ...(repo === '' ? {} : { repo, file }) };
  });
}

/** Repository and path in it, from a path in the models folder; no repository for a file of its top level. */
function placeOf(path: string): { repo: string; file: string } {
  const [, org, name, file] = repoFolderName.exec(path) ?? [];
  return file === undefined ? { repo: '', file: path } : { repo: `${org}/${name}`, file };
}

async function filesIn(folder: string, root: string, depth: number, name: RegExp): Promise<NamedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth < deepest ? filesIn(path, root, depth + 1, name) : [];
      if (!entry.isFile() || !name.test(entry.name)) return [];
      const there = await lstat(path).catch(() => null);
      return there ? [{ path: relative(root, path).split(sep).join('/'), size: there.size }] : [];
    }),
  );
  return found.flat();
}
