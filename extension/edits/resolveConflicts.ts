import * as vscode from 'vscode';
import type { ApplyResult, Conflict, Resolution } from '../../sidecar/protocol/changes.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { hashText } from './hashText.ts';

export type ConflictFiles = Extract<ApplyResult, { kind: 'conflict' }>['files'];

/**
 * Asks for each conflict what shall stand; answers by file uri, or null if the person leaves. Nothing is written here. For a
 * file that was edited meanwhile there is no answer: its conflicts are others now and are found and asked for again.
 */
export async function resolveConflicts(files: ConflictFiles): Promise<Map<string, Resolution[]> | null> {
  const settled = new Map<string, Resolution[]>();
  const total = files.reduce((sum, file) => sum + file.conflicts.length, 0);
  let number = 0;
  for (const file of files) {
    const answers: Resolution[] = [];
    for (const conflict of file.conflicts) {
      number++;
      await reveal(file.uri, conflict);
      const taken = await vscode.window.showQuickPick(choices(conflict), {
        title: t('Conflict {number} of {total}, line {line}', { number, total, line: conflict.startLine + 1 }),
        ignoreFocusOut: true,
      });
      if (!taken) return null;
      answers.push(taken.resolution);
    }
    const uri = vscode.Uri.parse(file.uri);
    const { revision } = file.current;
    const now = hashText((await vscode.workspace.openTextDocument(uri)).getText());
    if (revision.kind !== 'absent' && revision.sha256 === now) settled.set(file.uri, answers);
  }
  return settled;
}

function choices({ mine, theirs }: Conflict): (vscode.QuickPickItem & { resolution: Resolution })[] {
  return [
    { label: t('Keep Mine'), detail: excerpt(mine), resolution: 'mine' },
    { label: t("Use Devstral's"), detail: excerpt(theirs), resolution: 'theirs' },
    { label: t('Keep Both'), description: t('mine first'), resolution: 'both' },
  ];
}

const excerpt = (text: string) =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .slice(0, 160) || t('(nothing)');

/** Shows the person's own lines while they choose. */
async function reveal(uri: string, { startLine, mine }: Conflict): Promise<void> {
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(uri), { preserveFocus: true });
  const end = startLine + mine.split('\n').length;
  editor.revealRange(new vscode.Range(startLine, 0, end, 0), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
