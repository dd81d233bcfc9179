import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { plural, t } from '../../sidecar/protocol/translate.ts';
import type { Pending } from '../../webview/protocol.ts';
import { notifyInBackground } from '../agent/agentSettings.ts';
import type { PendingQuestions } from './pendingQuestions.ts';

/** What a notification shows whole; a longer command is read and allowed in the panel. */
const longestShown = 200;

/** Tells that a turn ended with edits to review while the person is in another window. Nothing is opened before they say so. */
export async function notifyReview({ title, files }: ChangeSet, review: () => unknown): Promise<void> {
  if (!notifyInBackground()) return;
  const count = files.reduce((sum, { hunks }) => sum + Math.max(1, hunks.length), 0);
  const name = title.slice(0, longestShown);
  const text = plural(
    count,
    {
      one: 'Devstral: {count} change to review in "{name}".',
      other: 'Devstral: {count} changes to review in "{name}".',
    },
    { name },
  );
  const open = t('Review');
  if ((await vscode.window.showInformationMessage(text, open)) === open) await review();
}

/** Tells of a decision that waits while the person is in another window. The panel shows it as well. */
export async function notifyPending(asked: Pending, pending: PendingQuestions, show: () => unknown): Promise<void> {
  if (!notifyInBackground()) return;
  const showIt = t('Show');
  if (asked.kind === 'question') {
    const taken = await vscode.window.showInformationMessage(
      t('Devstral asks: {question}', { question: asked.question.slice(0, longestShown) }),
      showIt,
    );
    if (taken) await show();
    return;
  }
  const { what, where, title, risk } = asked.asked;
  // Half a command is not something to allow.
  const whole = what.length <= longestShown && !what.includes('\n');
  const exact = title.includes(what) ? title : `${title}: ${what}`;
  const asks = where && whole ? `${exact} (${where})` : whole ? exact : title.slice(0, longestShown);
  const allow = t('Allow Once');
  const reject = t('Reject');
  const buttons = whole ? [allow, reject, showIt] : [reject, showIt];
  const taken = await vscode.window.showInformationMessage(permissionText(asks, risk), ...buttons);
  if (taken === allow) pending.answerPermit(asked, { answer: 'allow_once' });
  else if (taken === reject) pending.answerPermit(asked, { answer: 'reject_once' });
  else if (taken === showIt) await show();
}

/** Whole sentences, so that each can be translated. */
function permissionText(asks: string, risk: 'low' | 'medium' | 'high'): string {
  switch (risk) {
    case 'low':
      return t('Devstral asks: {asks}. Low risk.', { asks });
    case 'medium':
      return t('Devstral asks: {asks}. Medium risk.', { asks });
    case 'high':
      return t('Devstral asks: {asks}. High risk.', { asks });
  }
}
