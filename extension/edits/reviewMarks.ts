import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { type ConflictPlace, conflictPlaces } from './conflictLines.ts';
import type { ReviewFile } from './reviewState.ts';

/** What stands in the gutter and the ruler beside changes, on the right side only. */
export interface ReviewMarks extends vscode.Disposable {
  show(review: vscode.Uri, file: ReviewFile): void;
}

/** A check beside what is accepted, a warning beside what meets the person's own edits. */
export function createReviewMarks(extensionUri: vscode.Uri): ReviewMarks {
  const mark = (name: string, colour: string, lane: vscode.OverviewRulerLane) => {
    const icon = (theme: string) => ({
      gutterIconPath: vscode.Uri.joinPath(extensionUri, 'media', `${name}-${theme}.svg`),
    });
    return vscode.window.createTextEditorDecorationType({
      ...{ light: icon('light'), dark: icon('dark'), gutterIconSize: 'contain' },
      ...{ overviewRulerColor: new vscode.ThemeColor(colour), overviewRulerLane: lane },
    });
  };
  const { Center, Full } = vscode.OverviewRulerLane;
  const accepted = mark('accepted', 'charts.green', Center);
  const conflict = mark('conflict', 'editorOverviewRuler.warningForeground', Full);
  return {
    show(review, file) {
      const lines = file.hunks
        .filter((hunk) => hunk.state === 'accepted')
        .map((hunk) => new vscode.Range(hunk.proposedStart, 0, hunk.proposedStart, 0));
      const conflicts = conflictPlaces(file).map(conflictMark);
      for (const editor of vscode.window.visibleTextEditors) {
        if (editor.document.uri.toString() !== review.toString()) continue;
        editor.setDecorations(accepted, lines);
        editor.setDecorations(conflict, conflicts);
      }
    },
    dispose() {
      accepted.dispose();
      conflict.dispose();
    },
  };
}

function conflictMark({ first, last, conflict: { startLine, mine } }: ConflictPlace): vscode.DecorationOptions {
  const line = startLine + 1;
  const text =
    mine === ''
      ? t('You deleted lines here, at line {line}. Say what shall stand before it is accepted.', { line })
      : t('You edited these lines, from line {line} on. Say what shall stand before it is accepted.', {
          line,
        });
  const hover = new vscode.MarkdownString(text);
  if (mine !== '') hover.appendCodeblock(mine);
  return { range: new vscode.Range(first, 0, last, 0), hoverMessage: hover };
}
