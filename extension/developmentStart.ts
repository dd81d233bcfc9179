import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { SidecarClient } from './sidecarClient.ts';

/**
 * What `npm start` asks of the window that it opens: the sample file and the chat open, the model ready. With
 * DEVSTRAL_START_REPORT it says in that file how far it came, for `npm start -- --check`.
 */
export async function developmentStart(context: vscode.ExtensionContext, sidecar: SidecarClient): Promise<void> {
  const file = process.env.DEVSTRAL_START_FILE;
  if (context.extensionMode !== vscode.ExtensionMode.Development || !file) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (folder) await vscode.window.showTextDocument(vscode.Uri.file(join(folder, file)));
  await vscode.commands.executeCommand('devstral.chat.focus');
  const report = process.env.DEVSTRAL_START_REPORT;
  const none = new vscode.CancellationTokenSource().token;
  const result = await sidecar.requestWithProgress('modelPrepare', {}, () => undefined, none);
  if (report)
    await writeFile(
      report,
      JSON.stringify({ active: true, ready: result.ready, problem: result.problem?.title ?? null }),
    );
}
