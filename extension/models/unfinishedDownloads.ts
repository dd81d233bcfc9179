import type * as vscode from 'vscode';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import type { SidecarClient } from '../sidecarClient.ts';

const key = 'devstral.unfinishedDownload';

/** Remembers over restarts that a download is not finished, so that only then a sidecar is started to look at it. */
export function rememberUnfinished(state: vscode.Memento, { downloads }: ModelStatus): void {
  // Before the first look at the disk nothing is known.
  if (!downloads) return;
  const unfinished = downloads.length > 0;
  if (unfinished !== state.get(key, false)) void state.update(key, unfinished || undefined);
}

/** After a start of the editor: the sidecar looks, and the status bar offers to resume. */
export async function offerUnfinished(
  state: vscode.Memento,
  sidecar: SidecarClient,
  log: vscode.LogOutputChannel,
): Promise<void> {
  if (!state.get(key, false)) return;
  try {
    await sidecar.request('modelDownloads', {});
  } catch (error) {
    log.warn(`unfinished downloads: ${String(error)}`);
  }
}
