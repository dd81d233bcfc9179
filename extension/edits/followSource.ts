import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { Conflict, changesRebase, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import type { FileText } from '../../sidecar/protocol/text.ts';
import { hashText } from './hashText.ts';
import type { ReviewFile } from './reviewState.ts';

export type Rebase = (params: z.infer<typeof changesRebase.params>) => Promise<z.infer<typeof changesRebase.result>>;

export type Followed =
  /** The file is as the review has it, or gone. */
  | { kind: 'same' }
  /** The person's edits are in: the review goes on with this. */
  | { kind: 'moved'; file: ReviewFile }
  | { kind: 'conflict'; current: FileText; conflicts: readonly Conflict[] };

/**
 * Looks at the file that is under review as it stands now, unsaved text too, and takes what the person edited there into
 * both sides. Where it touches a change it is a conflict, and stays one until `resolutions` settle it.
 */
export async function followSource(
  file: ReviewFile,
  resolutions: readonly Resolution[],
  deps: { rebase: Rebase; hunks(base: string, proposed: string): Promise<Hunk[]> },
): Promise<Followed> {
  const { change } = file;
  const current = await sourceNow(change.uri, change.base);
  if (current === null || sameText(current.text, change.base.text)) return { kind: 'same' };
  if (change.operation === 'delete') return followDelete(file, current, resolutions[0], deps);
  const { base, proposedText: proposed } = change;
  const merged = await deps.rebase({
    base: base.text,
    current: current.text,
    text: file.text,
    proposed,
    resolutions: [...resolutions],
  });
  if (merged.kind === 'conflict') return { ...merged, current };
  // A file that was to be made and exists now is edited.
  const moved = { ...change, operation: 'edit' as const, base: current };
  return {
    kind: 'moved',
    file: {
      ...file,
      change: { ...moved, hunks: merged.proposedHunks, proposedText: merged.proposed },
      text: merged.text,
      hunks: merged.hunks,
      conflicts: [],
    },
  };
}

/** Nobody deletes text that they have not seen: the person says whether the file goes all the same. */
async function followDelete(
  file: ReviewFile,
  current: FileText,
  resolution: Resolution | undefined,
  deps: { hunks(base: string, proposed: string): Promise<Hunk[]> },
): Promise<Followed> {
  const { change } = file;
  if (resolution === undefined) {
    const conflict = { startLine: 0, mine: toLf(current.text), base: toLf(change.base.text), theirs: '' };
    return { kind: 'conflict', current, conflicts: [conflict] };
  }
  const goes = resolution === 'theirs';
  const hunks = await deps.hunks(current.text, '');
  const moved = { ...change, base: current, hunks };
  return {
    kind: 'moved',
    file: {
      ...file,
      change: moved,
      text: goes ? '' : current.text,
      hunks: goes ? hunks : [],
      dropped: !goes,
      conflicts: [],
    },
  };
}

const toLf = (text: string) => text.replace(/\r\n|\r/g, '\n');
const sameText = (a: string, b: string) => a === b || toLf(a) === toLf(b);

/** The buffer where the file is open, else the disk, decoded as the base was. Null: there is none, or it cannot be read. */
async function sourceNow(uri: string, base: FileText): Promise<FileText | null> {
  const open = vscode.workspace.textDocuments.find(
    (document) => document.uri.toString() === vscode.Uri.parse(uri).toString(),
  );
  if (open) {
    const text = open.getText();
    const eol = open.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    const revision = { kind: 'buffer' as const, version: open.version, sha256: hashText(text) };
    return { ...base, text, eol, mixedEol: false, revision };
  }
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.parse(uri));
    const decoded = await vscode.workspace.decode(bytes, { encoding: base.encoding });
    const text = decoded.replace(/^\uFEFF/, '');
    return { ...base, text, revision: { kind: 'disk', sha256: hashText(text) } };
  } catch {
    return null;
  }
}
