import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** The name of a workspace's folder: a hash of its folders' sorted real paths. */
export function workspaceId(realRoots: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...realRoots].sort()))
    .digest('hex')
    .slice(0, 16);
}

/** A new id; they sort by time. */
export const newSessionId = (): string =>
  `${Date.now().toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}`;

export const isSessionId = (id: string): boolean => /^[\w-]{1,80}$/.test(id);

/** Where the parts of a session lie: its log, and beside it a folder with all else. */
export function sessionFiles(folder: string, id: string) {
  if (!isSessionId(id)) throw new Error(`no id of a session: ${id}`);
  return { log: join(folder, `${id}.jsonl`), folder: join(folder, id), staged: join(folder, id, 'staged.json') };
}
