import * as vscode from 'vscode';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** Asks before gigabytes are removed that took an hour to come. True when they are gone. */
export async function removeWithWord(sidecar: SidecarClient, name: string, path: string): Promise<boolean> {
  const detail = `${path}\nIt can be downloaded again.`;
  const taken = await vscode.window.showWarningMessage(
    `Remove ${name} from this computer?`,
    { modal: true, detail },
    'Remove',
  );
  if (taken !== 'Remove') return false;
  const { freed, problem } = await sidecar.request('modelRemove', { path });
  if (problem) {
    await showProblem(problem);
    return false;
  }
  vscode.window.setStatusBarMessage(`Devstral: ${fileSize(freed, vscode.env.language)} freed`, 5000);
  return true;
}
