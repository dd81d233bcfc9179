import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { mostExportBytes } from '../../sidecar/protocol/sessionExport.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SessionClient } from './sessionClient.ts';

/** Makes a session of an exported one and shows it; yes if there was one. A file that is none changes nothing. */
export async function importSession(sessions: Pick<SessionClient, 'import'>): Promise<boolean> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: t('Import Session'),
      openLabel: t('Import'),
      filters: { JSON: ['json'] },
      ...(folder ? { defaultUri: folder } : {}),
    })) ?? [];
  if (!file) return false;
  const read = await readSession(file.fsPath);
  const reason = 'text' in read ? await sessions.import(read.text) : read.reason;
  if (reason === null) return true;
  const name = vscode.workspace.asRelativePath(file);
  void vscode.window.showErrorMessage(t('{name} is not imported: {reason}', { name, reason }));
  return false;
}

async function readSession(path: string): Promise<{ text: string } | { reason: string }> {
  try {
    const { size } = await stat(path);
    if (size > mostExportBytes) return { reason: t('it is too large for a session') };
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
