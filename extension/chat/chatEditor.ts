import * as vscode from 'vscode';
import type { Panel } from './panel.ts';

const viewType = 'devstral.chatEditor';

/** The chat as a tab of the editor: the same session as in the view. After a reload VS Code brings the tab back. */
export function registerChatEditor(panel: Panel, extensionUri: vscode.Uri, onHidden: () => void): vscode.Disposable {
  let tab: vscode.WebviewPanel | undefined;

  function attach(shown: vscode.WebviewPanel): void {
    tab = shown;
    shown.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    shown.onDidChangeViewState(() => {
      if (!shown.active) onHidden();
    });
    shown.onDidDispose(() => {
      if (tab === shown) tab = undefined;
      onHidden();
    });
    panel.attach(shown.webview, shown.onDidDispose, 'tab');
  }

  return vscode.Disposable.from(
    vscode.commands.registerCommand('devstral.chat.openInEditor', () => {
      if (tab) return tab.reveal();
      attach(vscode.window.createWebviewPanel(viewType, 'Devstral', vscode.ViewColumn.Active));
    }),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      // What the page kept, its draft and where it was scrolled to, it reads itself.
      async deserializeWebviewPanel(restored: vscode.WebviewPanel) {
        attach(restored);
      },
    }),
    { dispose: () => tab?.dispose() },
  );
}
