import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { changesText } from './appliedText.ts';
import type { StagedReview } from './registerReview.ts';

/** "3 changes": what a change set holds; a file that is made or deleted without lines counts as one. */
export const changesIn = (set: ChangeSet): string =>
  changesText(set.files.reduce((sum, file) => sum + Math.max(1, file.hunks.length), 0));

/** Says that a proposal waits, where it is not opened by itself. */
export async function offerReview(text: string, review: StagedReview): Promise<void> {
  const [openIt, discard] = [t('Review'), t('Discard')];
  const taken = await vscode.window.showInformationMessage(text, openIt, discard);
  if (taken === openIt) await review.open();
  if (taken === discard) await review.discard();
}

/** Opens what the model answered, for an answer that could not be used. */
export async function showAnswer(answer: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ content: answer, language: 'markdown' });
  await vscode.window.showTextDocument(document, { preview: true });
}
