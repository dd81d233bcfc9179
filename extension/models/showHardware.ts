import * as vscode from 'vscode';
import type { SidecarClient } from '../sidecarClient.ts';

/** "Show Hardware": what this computer can run models with, as text that can be copied. */
export async function showHardware(sidecar: SidecarClient): Promise<void> {
  const settings = { location: vscode.ProgressLocation.Window, title: 'Devstral: Looking at this computer' };
  const { text } = await vscode.window.withProgress(settings, () => sidecar.request('machineDescribe', {}));
  const document = await vscode.workspace.openTextDocument({ content: `${text}\n`, language: 'plaintext' });
  await vscode.window.showTextDocument(document, { preview: true });
}
