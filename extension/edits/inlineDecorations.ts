import * as vscode from 'vscode';
import type { Lines } from './inlineLines.ts';

export interface InlineDecorations extends vscode.Disposable {
  /** Marks the lines that are edited, in the editor of a file, until it is disposed. */
  markLines(editor: vscode.TextEditor, lines: Lines): vscode.Disposable;
  /** Puts a text behind the end of a line in every editor that shows `uri`; nothing moves. Without a text it goes. */
  showBehind(uri: vscode.Uri, line: number, text: string | undefined): void;
}

export function createInlineDecorations(): InlineDecorations {
  const range = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    // High contrast themes have a border instead of a background; the others have none.
    border: '1px solid var(--vscode-editor-rangeHighlightBorder, transparent)',
  });
  const behind = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  return {
    markLines(editor, { start, count }) {
      const marked = new vscode.Range(start, 0, start + count - 1, 0);
      editor.setDecorations(range, [marked]);
      return new vscode.Disposable(() => {
        for (const shown of vscode.window.visibleTextEditors)
          if (shown.document === editor.document) shown.setDecorations(range, []);
      });
    },
    showBehind(uri, line, text) {
      for (const editor of vscode.window.visibleTextEditors) {
        if (editor.document.uri.toString() !== uri.toString()) continue;
        const { end } = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1)).range;
        const after = {
          contentText: text ?? '',
          color: new vscode.ThemeColor('editorGhostText.foreground'),
          margin: '0 0 0 2ch',
        };
        editor.setDecorations(
          behind,
          text === undefined ? [] : [{ range: new vscode.Range(end, end), renderOptions: { after } }],
        );
      }
    },
    dispose: () => vscode.Disposable.from(range, behind).dispose(),
  };
}
