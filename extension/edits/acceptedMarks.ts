import * as vscode from 'vscode';
import type { Hunk } from '../../sidecar/protocol/changes.ts';

/** The check in the gutter and the ruler beside accepted hunks, on the right side only. */
export function createAcceptedMarks(extensionUri: vscode.Uri): vscode.Disposable & {
  show(review: vscode.Uri, hunks: readonly Hunk[]): void;
} {
  const icon = (name: string) => ({ gutterIconPath: vscode.Uri.joinPath(extensionUri, 'media', name) });
  const mark = vscode.window.createTextEditorDecorationType({
    light: icon('accepted-light.svg'),
    dark: icon('accepted-dark.svg'),
    gutterIconSize: 'contain',
    overviewRulerColor: new vscode.ThemeColor('charts.green'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });
  return {
    show(review, hunks) {
      const lines = hunks
        .filter((hunk) => hunk.state === 'accepted')
        .map((hunk) => new vscode.Range(hunk.proposedStart, 0, hunk.proposedStart, 0));
      for (const editor of vscode.window.visibleTextEditors) {
        if (editor.document.uri.toString() === review.toString()) editor.setDecorations(mark, lines);
      }
    },
    dispose: () => mark.dispose(),
  };
}
