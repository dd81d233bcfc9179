import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';

/** What the panel may do in the editor, each only because the person pressed something there. */

/** Puts code in place of the selection of the active editor; from a chat in a tab, of the editor that was active before. */
export async function insertAtCursor(text: string, before?: vscode.TextEditor): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? before;
  if (!editor) {
    vscode.window.setStatusBarMessage(t('Devstral: open a file to insert into'), 5000);
    return;
  }
  await editor.insertSnippet(new vscode.SnippetString().appendText(text));
  await vscode.window.showTextDocument(editor.document, editor.viewColumn);
}

/** Opens a link of an answer: the web through VS Code's own question, a path only inside the open folders. */
export async function openLink(href: string): Promise<void> {
  if (/^(https?|mailto):/i.test(href)) {
    await vscode.env.openExternal(vscode.Uri.parse(href));
    return;
  }
  const target = await findInWorkspace(href);
  if (!target) {
    vscode.window.setStatusBarMessage(t('Devstral: this file is not in the workspace'), 5000);
    return;
  }
  const selection = target.line === undefined ? {} : { selection: new vscode.Range(target.line, 0, target.line, 0) };
  await vscode.window.showTextDocument(target.uri, { preview: true, ...selection });
}

/** Where a path of an answer leads, if that is a file in the open folders; `#L12` and `:12` name a line. */
export async function findInWorkspace(
  href: string,
): Promise<{ uri: vscode.Uri; line: number | undefined } | undefined> {
  const [, path = '', lineText] = /^(.*?)(?:(?:#L|:)(\d+).*)?$/.exec(safeDecode(href)) ?? [];
  const line = lineText === undefined ? undefined : Math.max(0, Number(lineText) - 1);
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const uri = path.startsWith('/') ? folder.uri.with({ path }) : vscode.Uri.joinPath(folder.uri, path);
    const inside = uri.path.startsWith(`${folder.uri.path.replace(/\/$/, '')}/`);
    if (inside && (await isFile(uri))) return { uri, line };
  }
  return undefined;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}
