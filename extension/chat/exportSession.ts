import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SessionClient } from './sessionClient.ts';

/** Writes the session that is shown into a file of the person's choice; secrets are left out of it. */
export async function exportSession(sessions: Pick<SessionClient, 'shown' | 'export'>): Promise<void> {
  const { id, title } = sessions.shown();
  if (id === '') {
    vscode.window.setStatusBarMessage(t('Devstral: this session is empty'), 5000);
    return;
  }
  const formats = [
    { label: t('Markdown'), detail: t('To read and to share.'), format: 'markdown' as const },
    { label: 'JSON', detail: t('All events; can be imported again.'), format: 'json' as const },
  ];
  const taken = await vscode.window.showQuickPick(formats, { title: t('Export Session') });
  if (!taken) return;
  const text = await sessions.export(taken.format);
  if (text === null) return;
  const target = await vscode.window.showSaveDialog({
    title: t('Export Session'),
    defaultUri: defaultTarget(`${fileName(title)}.${taken.format === 'json' ? 'json' : 'md'}`),
  });
  if (target) await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
}

function defaultTarget(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(name);
}

/** A title as a file's name. */
const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'session';
