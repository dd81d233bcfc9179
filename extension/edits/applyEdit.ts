import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { hostApplyEdit } from '../../sidecar/protocol/host.ts';
import { saveAfterAccept } from '../config.ts';
import { hashText } from './hashText.ts';
import { lineReplacement } from './lineReplacement.ts';

export type EditRequest = z.infer<typeof hostApplyEdit.params>;
export type EditAnswer = z.infer<typeof hostApplyEdit.result>;
type Target = EditRequest['files'][number] & { at: vscode.Uri };

const byteOrderMark = new Uint8Array([0xef, 0xbb, 0xbf]);

/**
 * The editor's side of an apply: checks that every text is the one that was merged, then file operations, then ONE text-only
 * edit (one undo step a document). Files are saved as `review.saveAfterAccept` says. Refused means nothing was changed.
 */
export async function applyEdit(params: EditRequest): Promise<EditAnswer> {
  const targets: Target[] = params.files.map((file) => ({ ...file, at: vscode.Uri.parse(file.uri) }));
  const takeBack: (() => Thenable<void>)[] = [];
  let at = targets[0]?.uri ?? '';
  const refuse = async (reason: 'stale' | 'refused'): Promise<EditAnswer> => {
    for (const step of takeBack.reverse()) await step().then(undefined, () => undefined);
    return { kind: 'refused', reason, uri: at };
  };
  const clean = new Set<string>();
  const documents: { target: Target; document: vscode.TextDocument }[] = [];
  try {
    for (const target of targets) {
      at = target.uri;
      const text = await currentText(target.at);
      if (!isExpected(text, target)) return await refuse('stale');
      if (!openDocument(target.at)?.isDirty) clean.add(target.uri);
    }
    for (const target of targets) {
      at = target.uri;
      if (target.operation === 'create') takeBack.push(await create(target));
      if (target.operation === 'delete') takeBack.push(await remove(target.at));
      else documents.push({ target, document: await vscode.workspace.openTextDocument(target.at) });
    }
    const edit = new vscode.WorkspaceEdit();
    for (const { target, document } of documents) {
      at = target.uri;
      // The person may have typed while the others were opened; from here to `applyEdit` nothing is waited for.
      if (target.operation === 'edit' && !isExpected(document.getText(), target)) return await refuse('stale');
      for (const [range, text] of lineEdits(document, target)) edit.replace(target.at, range, text);
    }
    if (documents.length > 0 && !(await vscode.workspace.applyEdit(edit))) return await refuse('refused');
  } catch {
    return refuse('refused');
  }
  const files: { uri: string; text: string }[] = [];
  for (const { target, document } of documents) {
    // A save that fails is told by VS Code itself; the text is in the editor, marked as unsaved.
    if (isSaved(target, clean.has(target.uri)))
      await document.save().then(
        () => undefined,
        () => undefined,
      );
    files.push({ uri: target.uri, text: document.getText() });
  }
  return { kind: 'applied', files };
}

/** A file that was just made is saved in any case: it would stand empty on the disk. */
function isSaved({ operation }: Target, wasSaved: boolean): boolean {
  const setting = saveAfterAccept();
  return operation === 'create' || setting === 'always' || (setting === 'wasSaved' && wasSaved);
}

const isExpected = (text: string | null, { expectedSha256 }: Target) =>
  expectedSha256 === null ? text === null : text !== null && hashText(text) === expectedSha256;

const openDocument = (uri: vscode.Uri) =>
  vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());

/** An editor keeps the text of a file that was deleted; for us there is none. */
async function currentText(uri: vscode.Uri): Promise<string | null> {
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) return null;
  return (openDocument(uri) ?? (await vscode.workspace.openTextDocument(uri))).getText();
}

/** Makes an empty file and answers how to take that back. */
async function create({ at, bom }: Target): Promise<() => Thenable<void>> {
  await vscode.workspace.fs.writeFile(at, bom ? byteOrderMark : new Uint8Array());
  // What an editor kept of a deleted file is read anew, or it would be saved over a newer one.
  for (let waited = 0; waited < 3000 && openDocument(at)?.getText(); waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return () => vscode.workspace.fs.delete(at);
}

/** Deletes a file and closes its editors, as the explorer does; one with unsaved text stays. */
async function remove(at: vscode.Uri): Promise<() => Thenable<void>> {
  const bytes = await vscode.workspace.fs.readFile(at);
  await vscode.workspace.fs.delete(at, { useTrash: false });
  const isIts = ({ input, isDirty }: vscode.Tab) =>
    input instanceof vscode.TabInputText && input.uri.toString() === at.toString() && !isDirty;
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(isIts);
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
  return () => vscode.workspace.fs.writeFile(at, bytes);
}

/** Edits of the changed lines only, so that cursors, breakpoints and folds elsewhere stay where they are. */
function lineEdits(document: vscode.TextDocument, { operation, text, hunks }: Target): [vscode.Range, string][] {
  const lines = text.split(/\r\n|\n|\r/);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  if (operation === 'create') return [[document.validateRange(whole), text]];
  return hunks.map((hunk) => {
    const fresh = lines.slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount);
    return lineReplacement(document, hunk.baseStart, hunk.baseCount, fresh);
  });
}
