import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { PublishedFile } from './hubDownload.ts';

const Published = z.object({
  name: z.string(),
  repo: z.string(),
  file: z.string(),
  revision: z.string(),
  size: z.number(),
  sha256: z.string(),
});

/** Beside a file that was downloaded: what it is by the hub's listing, so that it can be verified without the hub. */
export const recordPath = (path: string): string => `${path}.published.json`;

export async function writePublished(path: string, file: PublishedFile): Promise<void> {
  const { name, repo, file: inRepo, revision, size, sha256 } = file;
  // Two downloads of one process may write it at once.
  const temporary = `${recordPath(path)}.${randomUUID()}.tmp`;
  const text = JSON.stringify({ name, repo, file: inRepo, revision, size, sha256 }, null, 1);
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, recordPath(path));
}

/** Null for a file that was put there by hand. */
export async function readPublished(path: string): Promise<PublishedFile | null> {
  try {
    return Published.parse(JSON.parse(await readFile(recordPath(path), 'utf8')));
  } catch {
    return null;
  }
}
