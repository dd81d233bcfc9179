import * as vscode from 'vscode';
import type { ProgressReport } from '../../sidecar/protocol/progress.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';

/** Shows work of the sidecar as a notification with numbers and Cancel. */
export function withProgressNotification<T>(
  title: string,
  work: (report: (progress: ProgressReport) => void, token: vscode.CancellationToken) => Promise<T>,
): Thenable<T> {
  const settings = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  return vscode.window.withProgress(settings, (progress, token) => {
    let shown = 0;
    return work(({ progress: phase, fraction }) => {
      const percent = Math.floor((fraction ?? 0) * 100);
      const grown = Math.max(0, percent - shown);
      shown += grown;
      progress.report({ message: progressText(phase, vscode.env.language).text, increment: grown });
    }, token);
  });
}
