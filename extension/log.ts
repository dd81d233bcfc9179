import * as vscode from 'vscode';

/** The one log of the extension and its sidecar, shown by "Devstral: Show Log". */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Devstral', { log: true });
}
