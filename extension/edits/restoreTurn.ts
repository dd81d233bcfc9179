import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { sessionRestore } from '../../sidecar/protocol/sessions.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import type { StagedReview } from './registerReview.ts';
import type { ReviewDocuments } from './reviewDocuments.ts';

export type Restoring = (
  params: z.infer<typeof sessionRestore.params>,
) => Promise<z.infer<typeof sessionRestore.result>>;

interface Deps {
  restore: Restoring;
  stage(changeSet: ChangeSet, notes: readonly string[]): StagedReview;
  documents: Pick<ReviewDocuments, 'addBase' | 'removeBase'>;
}

/** What a turn did to the files. `turn` is the index of the event that it began with. */
export interface TurnChanges {
  /**
   * Shows what would take the files back to before the turn, as a review: nothing is written before it is accepted, and
   * what is written can be taken back.
   */
  restoreTurn(sessionId: string, turn: number): Promise<void>;
  /** Shows what the turn, and those after it, changed: the files before it beside the files as they are, which can be edited. */
  showTurn(sessionId: string, turn: number): Promise<void>;
}

export function createTurnChanges({ restore, stage, documents }: Deps): TurnChanges {
  let shown: vscode.Uri[] = [];

  /** The changes back, or nothing with a word to the person. */
  async function changesBack(sessionId: string, turn: number) {
    const found = await restore({ sessionId, turn });
    if (found.kind === 'gone') {
      tell(t('The files of that turn are no longer kept, so it cannot be undone.'));
      return null;
    }
    const { changeSet, notRestored } = found;
    if (changeSet) return { ...found, changeSet };
    tell([t('All files are as they were before that turn.'), ...notes(notRestored, [])].join(' '));
    return null;
  }

  return {
    async restoreTurn(sessionId, turn) {
      const back = await changesBack(sessionId, turn);
      if (back) await stage(back.changeSet, notes(back.notRestored, back.overwritten)).open();
    },
    async showTurn(sessionId, turn) {
      const back = await changesBack(sessionId, turn);
      if (!back) return;
      for (const uri of shown) documents.removeBase(uri);
      const rows = back.changeSet.files.map(({ uri, operation, proposedText }) => {
        const file = vscode.Uri.parse(uri);
        // What would be deleted now was made by the turn, and the other way round.
        const before =
          operation === 'delete' ? undefined : documents.addBase(back.changeSet.id, file.path, proposedText);
        return { file, before, after: operation === 'create' ? undefined : file };
      });
      shown = rows.flatMap(({ before }) => before ?? []);
      const [only] = rows;
      if (rows.length === 1 && only?.before && only.after) {
        const title = t('{file} (before and after the turn)', {
          file: only.file.path.split('/').at(-1) ?? '',
        });
        await vscode.commands.executeCommand('vscode.diff', only.before, only.after, title, { preview: true });
        return;
      }
      const resources = rows.map(({ file, before, after }) => [file, before, after]);
      await vscode.commands.executeCommand('vscode.changes', t('Before and after the turn'), resources);
    },
  };
}

const tell = (text: string) => void vscode.window.showInformationMessage(text);

/** What the person has to know before they accept. */
function notes(notRestored: readonly { path: string; reason: string }[], overwritten: readonly string[]): string[] {
  const told: string[] = [];
  if (notRestored.length > 0) {
    const files = notRestored.map(({ path, reason }) => `${path} (${reason})`).join(', ');
    told.push(t('Not taken back: {files}.', { files }));
  }
  if (overwritten.length > 0) {
    told.push(t('Your own edits between the turns go as well in: {files}.', { files: overwritten.join(', ') }));
  }
  return told;
}
