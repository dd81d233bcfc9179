import * as vscode from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { modes } from '../agent/agentSettings.ts';
import { showProblem } from '../problemMessage.ts';
import type { SessionClient } from './sessionClient.ts';

/** Name of a mode and what it lets the agent do. */
function modeText(mode: AgentMode): { label: string; detail: string } {
  switch (mode) {
    case 'plan':
      return {
        label: t('Plan'),
        detail: t('Reads and answers. Changes no file and runs no command.'),
      };
    case 'ask':
      return {
        label: t('Ask'),
        detail: t('Shows its changes for review and asks before each command.'),
      };
    case 'accept-edits':
      return {
        label: t('Accept Edits'),
        detail: t('Writes files at once; each turn can be undone. Asks before each command.'),
      };
    case 'auto':
      return {
        label: t('Auto'),
        detail: t('Writes files and runs commands of low and medium risk. Asks before high risk.'),
      };
  }
}

/** Asks for the mode of the session that is shown. Without trust there is only one. */
export async function switchMode(sessions: Pick<SessionClient, 'shown' | 'setMode'>): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await showProblem(problem('untrusted', {}));
    return;
  }
  const { mode } = sessions.shown();
  const items = modes.map((each) => {
    const { label, detail } = modeText(each);
    return { label, detail, mode: each, ...(each === mode ? { description: t('in use') } : {}) };
  });
  const taken = await vscode.window.showQuickPick(items, {
    title: t('Switch Mode'),
    placeHolder: t('{mode} is in use', { mode: modeText(mode).label }),
  });
  if (taken) await sessions.setMode(taken.mode);
}
