import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { ReadOnlyDocuments } from '../readOnlyDocuments.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** "Show Hardware": what this computer can run models with, as text that can be copied and closes without a question. */
export async function showHardware(sidecar: SidecarClient, documents: ReadOnlyDocuments): Promise<void> {
  const settings = { location: vscode.ProgressLocation.Window, title: t('Devstral: Looking at this computer') };
  const { text } = await vscode.window.withProgress(settings, () => sidecar.request('machineDescribe', {}));
  await documents.show(t('Hardware'), `${text}\n`);
}
