import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PublishedFile } from './hubDownload.ts';

/**
 * Where a download grows. Repositories replace files under the same name: the hash in it keeps a beginning of the old
 * file from being continued with the new one. The starter never changes.
 */
export const partPath = (path: string, { revision, sha256 }: PublishedFile): string =>
  revision === undefined ? `${path}.part` : `${path}.${sha256.slice(0, 8)}.part`;

/** All beginnings of a file, those of replaced versions too. */
export async function partsOf(path: string): Promise<string[]> {
  const [folder, name] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  const isPart = (each: string) =>
    each.startsWith(`${name}.`) && /^(?:[0-9a-f]{8}\.)?part$/.test(each.slice(name.length + 1));
  return names.filter(isPart).map((each) => join(folder, each));
}
