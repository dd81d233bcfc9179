import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { withProgressNotification } from './progressNotification.ts';

/**
 * "Verify Model File": reads a model's file (without `path` that of the model in use) and compares it with what is
 * published. `fetchAgain` is what follows once a damaged file was removed.
 */
export async function verifyModel(
  sidecar: SidecarClient,
  fetchAgain: () => Promise<void>,
  path?: string,
): Promise<void> {
  const params = path === undefined ? {} : { path };
  const result = await withProgressNotification(t('Devstral: Verify model file'), (report, token) =>
    sidecar.requestWithProgress('modelVerify', params, report, token),
  );
  if (result.kind === 'asPublished') {
    await vscode.window.showInformationMessage(t('{file} is as published.', { file: result.file }));
  } else if (result.kind === 'failed') {
    const { problem, path: damaged } = result;
    await showProblem(problem, {
      'Download Again': async () => {
        if (damaged) await sidecar.request('modelRemove', { path: damaged });
        await fetchAgain();
      },
    });
  }
}
