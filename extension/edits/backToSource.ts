import * as vscode from 'vscode';
import { allTabs } from './reviewTabs.ts';

/**
 * Back to the file that a review was about, where it is open; its own selection is still there. With `line` the cursor goes
 * to the end of that line, and the file is opened if it is not.
 */
export async function backToSource(
  uri: string | undefined,
  { line, preserveFocus }: { line?: number | undefined; preserveFocus: boolean },
): Promise<void> {
  if (!uri) return;
  const tab = allTabs().find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri);
  if (!tab && line === undefined) return;
  const where = tab ? { viewColumn: tab.group.viewColumn, preview: tab.isPreview } : {};
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  if (line === undefined) {
    await vscode.window.showTextDocument(document, { ...where, preserveFocus });
    return;
  }
  const { end } = document.lineAt(Math.min(line, document.lineCount - 1)).range;
  // With the focus, not after it: what is typed at once must not replace what was selected before.
  const selection = new vscode.Range(end, end);
  const editor = await vscode.window.showTextDocument(document, { ...where, preserveFocus, selection });
  editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
