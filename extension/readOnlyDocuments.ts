import * as vscode from 'vscode';

/** Documents that were shown; the oldest text goes first. */
const mostKept = 20;

/** Texts in an editor, to be read there: an answer as Markdown, the output of a command, what this computer has. */
export interface ReadOnlyDocuments extends vscode.Disposable {
  show(name: string, text: string): Promise<void>;
}

/** `scheme`: of its documents' addresses, one for each who shows some. */
export function createReadOnlyDocuments(scheme: string): ReadOnlyDocuments {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changed.event,
    provideTextDocumentContent: ({ path }) => texts.get(path) ?? '',
  });
  return {
    async show(name, text) {
      const uri = vscode.Uri.from({ scheme, path: `/${name.replace(/[\\/:*?"<>|]/g, ' ')}` });
      texts.delete(uri.path);
      texts.set(uri.path, text);
      for (const oldest of [...texts.keys()].slice(0, -mostKept)) texts.delete(oldest);
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    },
    dispose() {
      registration.dispose();
      changed.dispose();
    },
  };
}
