import * as vscode from 'vscode';

/** One inline edit that runs: Escape in one of its editors stops it. */
export interface RunningEdit {
  readonly token: vscode.CancellationToken;
  stop(): void;
  /** A further editor that belongs to it. */
  also(uri: vscode.Uri): void;
  uris(): vscode.Uri[];
  end(): void;
}

export interface RunningEdits extends vscode.Disposable {
  /** Answers undefined while another edit of this document runs. */
  begin(uri: vscode.Uri): RunningEdit | undefined;
  /** Stops the edit of the editor in front, else the newest. */
  stop(): void;
}

/** The inline edits of this window; keeps `devstral.inlineEdit.running` in step with the editor in front. */
export function createRunningEdits(): RunningEdits {
  const all: RunningEdit[] = [];
  const owns = (edit: RunningEdit, uri: vscode.Uri | undefined) =>
    edit.uris().some((each) => each.toString() === uri?.toString());
  const inFront = () => all.find((edit) => owns(edit, vscode.window.activeTextEditor?.document.uri));
  const update = () =>
    void vscode.commands.executeCommand('setContext', 'devstral.inlineEdit.running', inFront() !== undefined);
  const subscription = vscode.window.onDidChangeActiveTextEditor(update);

  return {
    begin(uri) {
      if (all.some((edit) => owns(edit, uri))) return undefined;
      const source = new vscode.CancellationTokenSource();
      const uris = [uri];
      const edit: RunningEdit = {
        token: source.token,
        stop: () => source.cancel(),
        also(other) {
          uris.push(other);
          update();
        },
        uris: () => uris,
        end() {
          all.splice(all.indexOf(edit), 1);
          source.dispose();
          update();
        },
      };
      all.push(edit);
      update();
      return edit;
    },
    stop: () => (inFront() ?? all.at(-1))?.stop(),
    dispose() {
      subscription.dispose();
      for (const edit of all) edit.stop();
    },
  };
}
