import * as vscode from 'vscode';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** "Download CUDA Engine": what lets an NVIDIA card run models with CUDA instead of Vulkan. */
export async function downloadCuda(sidecar: SidecarClient): Promise<void> {
  const settings = { location: vscode.ProgressLocation.Notification, cancellable: true, title: 'Devstral' };
  const { outcome, problem } = await vscode.window.withProgress(settings, (progress, token) => {
    let shown = 0;
    return sidecar.requestWithProgress(
      'cudaDownload',
      {},
      ({ progress: phase, fraction }) => {
        const percent = Math.floor((fraction ?? 0) * 100);
        const grown = Math.max(0, percent - shown);
        shown += grown;
        progress.report({ message: progressText(phase, vscode.env.language).text, increment: grown });
      },
      token,
    );
  });
  if (problem) {
    const again = () => downloadCuda(sidecar);
    await showProblem(problem, { 'Try Now': again, Resume: again, 'Download Again': again, Retry: again });
    return;
  }
  if (outcome === 'cancelled') return;
  const text =
    outcome === 'there' ? t('The CUDA engine is here already.') : t('The CUDA engine is used from the next load on.');
  const taken = await vscode.window.showInformationMessage(text, t('Show Hardware'));
  if (taken) await vscode.commands.executeCommand('devstral.showHardware');
}

/** "Remove CUDA Engine". */
export async function removeCuda(sidecar: SidecarClient): Promise<void> {
  const settings = { location: vscode.ProgressLocation.Window, title: t('Devstral: Removing CUDA engine') };
  const { freed, problem } = await vscode.window.withProgress(settings, () => sidecar.request('cudaRemove', {}));
  if (problem) {
    await showProblem(problem);
    return;
  }
  const size = fileSize(freed, vscode.env.language);
  const text = freed > 0 ? t('Devstral: {size} freed', { size }) : t('Devstral: the CUDA engine is not here');
  vscode.window.setStatusBarMessage(text, 5000);
}
