import * as vscode from 'vscode';
import { t } from '../sidecar/protocol/translate.ts';
import type { SidecarClient } from './sidecarClient.ts';

/** "Copy Diagnostics": versions, runtime, hardware and last errors, redacted, on the clipboard. Starts nothing. */
export async function copyDiagnostics(context: vscode.ExtensionContext, sidecar: SidecarClient): Promise<void> {
  const { version } = context.extension.packageJSON as { version: string };
  const lines = [
    `Devstral for VS Code ${version}`,
    `${vscode.env.appName} ${vscode.version}, ${vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop'}, ${vscode.env.remoteName ?? 'local'}`,
    `Extension host: Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `Workspace trusted: ${vscode.workspace.isTrusted ? 'yes' : 'no'}`,
  ];
  if (sidecar.running()) lines.push((await sidecar.request('diagnosticsCollect', {})).report);
  else lines.push('Sidecar: not running');
  await vscode.env.clipboard.writeText(lines.join('\n'));
  vscode.window.setStatusBarMessage(t('Diagnostics copied'), 5000);
}
