import * as vscode from 'vscode';

/** Keeps the context key `devstral.canFix` (the button in the editor title) in step with the editor in front. */
export function trackCanFix(): vscode.Disposable {
  const update = () => {
    const document = vscode.window.activeTextEditor?.document;
    const can = vscode.workspace.isTrusted && document?.uri.scheme === 'file';
    void vscode.commands.executeCommand('setContext', 'devstral.canFix', can);
  };
  update();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidGrantWorkspaceTrust(update),
  );
}
