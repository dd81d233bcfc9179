import * as vscode from 'vscode';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** Asks before gigabytes are removed that took an hour to come. True when they are gone. */
export async function removeWithWord(sidecar: SidecarClient, name: string, path: string): Promise<boolean> {
  const detail = `${path}\n${t('It can be downloaded again.')}`;
  const remove = t('Remove');
  const taken = await vscode.window.showWarningMessage(
    t('Remove {name} from this computer?', { name }),
    { modal: true, detail },
    remove,
  );
  if (taken !== remove) return false;
  const { freed, problem } = await sidecar.request('modelRemove', { path });
  if (problem) {
    await showProblem(problem);
    return false;
  }
  vscode.window.setStatusBarMessage(t('Devstral: {size} freed', { size: fileSize(freed, vscode.env.language) }), 5000);
  return true;
}
