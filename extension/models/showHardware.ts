import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** "Show Hardware": what this computer can run models with, as text that can be copied. */
export async function showHardware(sidecar: SidecarClient): Promise<void> {
  const settings = { location: vscode.ProgressLocation.Window, title: t('Devstral: Looking at this computer') };
  const { text } = await vscode.window.withProgress(settings, () => sidecar.request('machineDescribe', {}));
  const document = await vscode.workspace.openTextDocument({ content: `${text}\n`, language: 'plaintext' });
  await vscode.window.showTextDocument(document, { preview: true });
}
