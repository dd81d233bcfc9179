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
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(uri), { ...where, preserveFocus });
  if (line === undefined) return;
  const { end } = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1)).range;
  editor.selection = new vscode.Selection(end, end);
  editor.revealRange(new vscode.Range(end, end), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
