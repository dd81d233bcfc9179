import * as vscode from 'vscode';
import type { SidecarClient } from '../sidecarClient.ts';

const statusMs = 5000;

/** "Unload Model": frees its memory; what uses it next loads it again. */
export async function unloadModel(sidecar: SidecarClient): Promise<void> {
  if (!sidecar.running()) {
    vscode.window.setStatusBarMessage('Devstral: no model is loaded', statusMs);
    return;
  }
  const settings = { location: vscode.ProgressLocation.Window, title: 'Devstral: Unloading model' };
  await vscode.window.withProgress(settings, () => sidecar.request('modelUnload', {}));
  vscode.window.setStatusBarMessage('Devstral: Model unloaded', statusMs);
}
