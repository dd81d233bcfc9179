import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';

const statusMs = 5000;

/** "Unload Model": frees its memory; what uses it next loads it again. */
export async function unloadModel(sidecar: SidecarClient): Promise<void> {
  if (!sidecar.running()) {
    vscode.window.setStatusBarMessage(t('Devstral: no model is loaded'), statusMs);
    return;
  }
  const settings = { location: vscode.ProgressLocation.Window, title: t('Devstral: Unloading model') };
  await vscode.window.withProgress(settings, () => sidecar.request('modelUnload', {}));
  vscode.window.setStatusBarMessage(t('Devstral: Model unloaded'), statusMs);
}
