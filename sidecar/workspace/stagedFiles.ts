import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { URI } from 'vscode-uri';
import { computeHunks } from '../edits/hunks.ts';
import { restoreLineEndings, toLf } from '../edits/lineEndings.ts';
import type { ChangeSet, FileChange } from '../protocol/changes.ts';
import type { FileText } from '../protocol/text.ts';
import type { Documents } from './documents.ts';
import { absentFile } from './fileText.ts';
import type { FileRead, FileWrite, NamedFile, WorkspaceFiles } from './workspaceFiles.ts';
import { resolveInside } from './workspacePath.ts';

interface Deps {
  documents: Pick<Documents, 'read'>;
  roots(): readonly string[];
  newId(): string;
}

/** One staged file. `text` null: it shall go. */
interface Staged extends NamedFile {
  base: FileText;
  languageId: string | null;
  text: string | null;
  /** Path of the file on disk that got this name. */
  from?: string;
}

export interface StagedFiles extends WorkspaceFiles {
  /** Forgets what is staged: it was decided on, or the session was left. */
  clear(): void;
  /** Stages again what a log says was staged when the process ended. */
  restore(changeSet: ChangeSet): void;
}

const images: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};
const largestImage = 10 * 2 ** 20;

/**
 * The workspace with an overlay: what is written is kept here until the person decides, and reads see it. The base of a
 * file is its text when it was first written to, so that a review shows all that was done since.
 */
export function createStagedFiles({ documents, roots, newId }: Deps): StagedFiles {
  const overlay = new Map<string, Staged>();

  /** Where a name leads; in words for the model where it leads nowhere. */
  function place(named: string): NamedFile | { reason: string } {
    const found = resolveInside([...roots()], named);
    if (found.kind === 'outside') return { reason: `${named} is outside of the workspace.` };
    const severalRoots = roots().length > 1;
    const root = found.root.split(/[\\/]/).at(-1);
    const relative = severalRoots ? [root, found.relative].filter(Boolean).join('/') : found.relative;
    return { path: found.path, relative: relative || '.' };
  }

  async function readBase(at: NamedFile, signal: AbortSignal): Promise<FileRead> {
    const kind = await stat(at.path).catch(() => null);
    if (kind?.isDirectory()) return { kind: 'folder', ...at };
    const mime = images[extname(at.path).toLowerCase()];
    if (mime && kind?.isFile()) {
      if (kind.size > largestImage) return { kind: 'refused', reason: `${at.relative} is too large an image.` };
      return { kind: 'image', ...at, mime, bytes: await readFile(at.path) };
    }
    const read = await documents.read(URI.file(at.path).toString(), signal);
    if (read.kind === 'text') return { ...read, ...at };
    if (read.problem.code === 'fileMissing') return { kind: 'refused', reason: `There is no file ${at.relative}.` };
    return { kind: 'refused', reason: `${at.relative}: ${read.problem.title}.` };
  }

  async function read(named: string, signal: AbortSignal): Promise<FileRead> {
    const at = place(named);
    if ('reason' in at) return { kind: 'refused', reason: at.reason };
    const staged = overlay.get(at.path);
    if (!staged) return readBase(at, signal);
    if (staged.text === null) return { kind: 'refused', reason: `There is no file ${at.relative}: you removed it.` };
    return { kind: 'text', ...at, file: { ...staged.base, text: staged.text }, languageId: staged.languageId };
  }

  /** What is staged for a file, or its text as it is; a folder or an image cannot be written. */
  async function baseOf(at: NamedFile, signal: AbortSignal): Promise<Staged | { reason: string }> {
    const known = overlay.get(at.path);
    if (known) return known;
    const found = await readBase(at, signal);
    if (found.kind === 'text') return { ...at, base: found.file, languageId: found.languageId, text: found.file.text };
    if (found.kind === 'folder') return { reason: `${at.relative} is a folder.` };
    if (found.kind === 'image') return { reason: `${at.relative} is an image.` };
    const there = await stat(at.path).catch(() => null);
    return there ? { reason: found.reason } : { ...at, base: absentFile(), languageId: null, text: null };
  }

  function stage(file: Staged, text: string | null): void {
    const isAsBefore = file.base.revision.kind === 'absent' ? text === null : text === file.base.text;
    if (isAsBefore) overlay.delete(file.path);
    else overlay.set(file.path, { ...file, text });
  }

  async function write(named: string, text: string, signal: AbortSignal): Promise<FileWrite> {
    const at = place(named);
    if ('reason' in at) return { kind: 'refused', reason: at.reason };
    const file = await baseOf(at, signal);
    if ('reason' in file) return { kind: 'refused', reason: file.reason };
    const before = file.text ?? '';
    const after = restoreLineEndings(before, toLf(text), file.base.eol);
    stage(file, after);
    return { kind: 'written', ...at, created: file.text === null, ...countLines(before, after) };
  }

  async function remove(named: string, signal: AbortSignal): Promise<FileWrite> {
    const at = place(named);
    if ('reason' in at) return { kind: 'refused', reason: at.reason };
    const file = await baseOf(at, signal);
    if ('reason' in file) return { kind: 'refused', reason: file.reason };
    if (file.text === null) return { kind: 'refused', reason: `There is no file ${at.relative}.` };
    stage(file, null);
    return { kind: 'written', ...at, created: false, ...countLines(file.text, '') };
  }

  async function rename(from: string, to: string, signal: AbortSignal): Promise<FileWrite> {
    const source = await read(from, signal);
    if (source.kind === 'refused') return source;
    if (source.kind !== 'text') return { kind: 'refused', reason: `${source.relative} is not a text file.` };
    const target = place(to);
    if ('reason' in target) return { kind: 'refused', reason: target.reason };
    const there = await baseOf(target, signal);
    if ('reason' in there) return { kind: 'refused', reason: there.reason };
    if (there.text !== null) return { kind: 'refused', reason: `${target.relative} exists already.` };
    // The text moves byte for byte: its endings, mark and encoding go with it.
    const { bom, encoding, eol, mixedEol } = source.file;
    const before = overlay.get(source.path);
    const origin = before?.base.revision.kind === 'absent' ? before.from : source.path;
    const base = { ...there.base, bom, encoding, eol, mixedEol };
    stage({ ...there, base, ...(origin === undefined ? {} : { from: origin }) }, source.file.text);
    await remove(from, signal);
    return { kind: 'written', ...target, created: true, ...countLines('', source.file.text) };
  }

  return {
    read,
    write,
    remove,
    rename,
    staged: () => new Map([...overlay].map(([path, { text }]) => [path, text])),
    changeSet(title) {
      if (overlay.size === 0) return null;
      return { id: newId(), title, files: [...overlay.values()].map((file) => changeOf(file, overlay)) };
    },
    clear: () => overlay.clear(),
    restore({ files }) {
      for (const { uri, operation, base, proposedText, renamed } of files) {
        const at = place(URI.parse(uri).fsPath);
        if ('reason' in at) continue;
        const text = operation === 'delete' ? null : proposedText;
        const from = renamed ? { from: URI.parse(renamed.from).fsPath } : {};
        overlay.set(at.path, { ...at, base, languageId: null, text, ...from });
      }
    },
  };
}

function changeOf({ path, base, text, from }: Staged, overlay: ReadonlyMap<string, Staged>): FileChange {
  const origin = from === undefined || base.revision.kind !== 'absent' ? undefined : overlay.get(from);
  const isRenamed = text !== null && origin?.text === null;
  return {
    uri: URI.file(path).toString(),
    operation: text === null ? 'delete' : base.revision.kind === 'absent' ? 'create' : 'edit',
    base,
    hunks: computeHunks(base.text, text ?? ''),
    proposedText: text ?? '',
    ...(isRenamed && { renamed: { from: URI.file(origin.path).toString(), ...countLines(origin.base.text, text) } }),
  };
}

function countLines(before: string, after: string): { added: number; removed: number } {
  const hunks = computeHunks(before, after);
  return {
    added: hunks.reduce((sum, { proposedCount }) => sum + proposedCount, 0),
    removed: hunks.reduce((sum, { baseCount }) => sum + baseCount, 0),
  };
}
