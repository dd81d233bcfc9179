import { access, constants, mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { URI } from 'vscode-uri';
import type * as z from 'zod/mini';
import type { hostApplyEdit } from '../protocol/host.ts';
import { type StagedFile, stageFile, syncFolder, writeFileAtomic } from '../workspace/atomicFile.ts';
import { decodeFile, encodeFile, readFileText, revisionHash, writable } from '../workspace/fileText.ts';
import { realPath } from '../workspace/workspacePath.ts';
import type { Host } from './host.ts';

type Edit = z.infer<typeof hostApplyEdit.params>['files'][number];
type Applied = z.infer<typeof hostApplyEdit.result>;

interface Target {
  edit: Edit;
  /** The real path: a link is written through, not replaced. */
  path: string;
  /** Null: there is no file. */
  before: Buffer | null;
}

/**
 * The host of the command line: files on disk, keys from the environment. With `servers` a key goes only to their origins:
 * `DEVSTRAL_API_KEY_<NAME>` to the server of that name, else `DEVSTRAL_API_KEY`.
 */
export function createTerminalHost({
  env,
  servers,
}: {
  env: Readonly<Record<string, string | undefined>>;
  servers?: readonly { name: string; url: string }[];
}): Host {
  return {
    writesDisk: true,
    async readText(uri) {
      const read = await readFileText(URI.parse(uri).fsPath);
      if (read.kind === 'text') return read;
      const reason = read.reason === 'tooLarge' ? 'other' : read.reason;
      return { kind: 'unreadable', reason, encoding: 'UTF-8' };
    },
    applyEdit: ({ files }) => applyOnDisk(files),
    newDiagnostics: async () => null,
    async secret(origin) {
      const matching = servers?.filter((server) => originOf(server.url) === origin);
      if (matching?.length === 0) return null;
      const names = [...(matching ?? []).map((server) => server.name), hostOf(origin)];
      for (const name of names) {
        const key = env[`DEVSTRAL_API_KEY_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`];
        if (name !== '' && key) return key;
      }
      return env.DEVSTRAL_API_KEY || null;
    },
  };
}

/** All or none: everything is checked and staged before the first file is replaced, and a late failure is taken back. */
async function applyOnDisk(edits: readonly Edit[]): Promise<Applied> {
  const targets: Target[] = [];
  for (const edit of edits) {
    const checked = await check(edit);
    if (checked.kind === 'refused') return checked;
    targets.push(checked.target);
  }
  const staged = new Map<Target, StagedFile>();
  const folders: string[] = [];
  const done: Target[] = [];
  let at: Target | undefined;
  try {
    for (at of targets) {
      if (at.edit.operation === 'delete') continue;
      const made = await mkdir(dirname(at.path), { recursive: true });
      if (made !== undefined) folders.push(...foldersBetween(made, dirname(at.path)));
      staged.set(at, await stageFile(at.path, encodeFile(at.edit.text, at.edit)));
    }
    for (at of targets) {
      // Again, as close to the write as can be: another program may have saved meanwhile.
      const state = await hashOnDisk(at.path);
      if (state !== at.edit.expectedSha256) {
        await takeBack(done, staged, folders);
        return { kind: 'refused', reason: 'stale', uri: at.edit.uri };
      }
      done.push(at);
      const file = staged.get(at);
      if (file) await file.commit();
      else await rm(at.path);
      if (!file) await syncFolder(dirname(at.path));
    }
  } catch {
    await takeBack(done, staged, folders);
    return { kind: 'refused', reason: 'refused', uri: at?.edit.uri ?? '' };
  }
  return { kind: 'applied', files: edits.map(({ uri, text }) => ({ uri, text })) };
}

async function check(edit: Edit): Promise<{ kind: 'target'; target: Target } | Extract<Applied, { kind: 'refused' }>> {
  const refused = (reason: 'stale' | 'refused') => ({ kind: 'refused', reason, uri: edit.uri }) as const;
  const path = realPath(URI.parse(edit.uri).fsPath);
  if (path === null || !writable(edit.encoding)) return refused('refused');
  let before: Buffer | null = null;
  try {
    before = await readFile(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return refused('refused');
  }
  if (hashOf(before) !== edit.expectedSha256) return refused('stale');
  try {
    // A rename would replace a read-only file all the same: the person's protection counts.
    if (before !== null) await access(path, constants.W_OK);
  } catch {
    return refused('refused');
  }
  return { kind: 'target', target: { edit, path, before } };
}

async function takeBack(done: readonly Target[], staged: Map<Target, StagedFile>, folders: string[]): Promise<void> {
  for (const file of staged.values()) await file.discard().catch(() => undefined);
  for (const { path, before } of done.toReversed()) {
    // What cannot be restored here is in the journal.
    if (before === null) await rm(path, { force: true }).catch(() => undefined);
    else await writeFileAtomic(path, before).catch(() => undefined);
  }
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
}

/** Hash as in `Revision`; null: no file; undefined: something else is there, which equals no expectation. */
function hashOf(bytes: Buffer | null): string | null | undefined {
  if (bytes === null) return null;
  const decoded = decodeFile(bytes);
  return decoded.kind === 'text' ? revisionHash(decoded.file.revision) : undefined;
}

async function hashOnDisk(path: string): Promise<string | null | undefined> {
  const read = await readFileText(path);
  if (read.kind === 'text') return revisionHash(read.file.revision);
  return read.reason === 'missing' ? null : undefined;
}

function foldersBetween(top: string, bottom: string): string[] {
  const found = [bottom];
  for (let folder = bottom; folder !== top && folder !== dirname(folder); ) {
    folder = dirname(folder);
    found.unshift(folder);
  }
  return found;
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
