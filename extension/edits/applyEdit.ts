import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { Hunk } from '../../sidecar/protocol/changes.ts';
import type { hostApplyEdit } from '../../sidecar/protocol/host.ts';
import { hashText } from './hashText.ts';
import { lineReplacement } from './lineReplacement.ts';

type Params = z.infer<typeof hostApplyEdit.params>;
type Result = z.infer<typeof hostApplyEdit.result>;
type Target = Params['files'][number] & { at: vscode.Uri };

/**
 * The editor's side of an apply: checks that every text is the one that was merged, then file operations, then ONE text-only
 * edit (one undo step a document). Files that were clean are saved, dirty ones stay dirty. Refused means nothing was changed.
 */
export async function applyEdit(
  params: Params,
  hunks: (base: string, text: string) => Promise<Hunk[]>,
): Promise<Result> {
  const targets: Target[] = params.files.map((file) => ({ ...file, at: vscode.Uri.parse(file.uri) }));
  const clean = new Set<string>();
  for (const target of targets) {
    const text = await currentText(target.at);
    const same =
      target.expectedSha256 === null ? text === null : text !== null && hashText(text) === target.expectedSha256;
    if (!same) return { kind: 'refused', reason: 'stale', uri: target.uri };
    if (!openDocument(target.at)?.isDirty) clean.add(target.uri);
  }
  const created: vscode.Uri[] = [];
  const refused = async (uri: string): Promise<Result> => {
    for (const at of created) await vscode.workspace.fs.delete(at).then(undefined, () => undefined);
    return { kind: 'refused', reason: 'refused', uri };
  };
  for (const target of targets.filter(({ operation }) => operation === 'create')) {
    try {
      await vscode.workspace.fs.writeFile(target.at, new Uint8Array());
      created.push(target.at);
    } catch {
      return refused(target.uri);
    }
  }
  const edit = new vscode.WorkspaceEdit();
  const written = targets.filter(({ operation }) => operation !== 'delete');
  for (const target of written) {
    const document = await vscode.workspace.openTextDocument(target.at);
    for (const [range, text] of await lineEdits(document, target.text, hunks)) edit.replace(target.at, range, text);
  }
  if (written.length > 0 && !(await vscode.workspace.applyEdit(edit))) return refused(targets[0]?.uri ?? '');
  for (const target of targets.filter(({ operation }) => operation === 'delete')) {
    await vscode.workspace.fs.delete(target.at, { useTrash: false });
  }
  const files: { uri: string; text: string }[] = [];
  for (const target of written) {
    const document = await vscode.workspace.openTextDocument(target.at);
    if (clean.has(target.uri)) await document.save();
    files.push({ uri: target.uri, text: document.getText() });
  }
  return { kind: 'applied', files };
}

const openDocument = (uri: vscode.Uri) =>
  vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());

async function currentText(uri: vscode.Uri): Promise<string | null> {
  const open = openDocument(uri);
  if (open) return open.getText();
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  return exists ? (await vscode.workspace.openTextDocument(uri)).getText() : null;
}

/** Edits of the changed lines only, so that cursors, breakpoints and folds elsewhere stay where they are. */
async function lineEdits(
  document: vscode.TextDocument,
  text: string,
  hunks: (base: string, text: string) => Promise<Hunk[]>,
): Promise<[vscode.Range, string][]> {
  const lines = text.split(/\r\n|\n/);
  return (await hunks(document.getText(), text)).map((hunk) => {
    const fresh = lines.slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount);
    return lineReplacement(document, hunk.baseStart, hunk.baseCount, fresh);
  });
}
