import * as vscode from 'vscode';
import type { Hunk } from '../../sidecar/protocol/changes.ts';

interface Overview<Side> {
  sides: readonly Side[];
  /** The file that a document is a side of. */
  of(uri: vscode.Uri | undefined): Side | undefined;
  moveTo(side: Side, hunk: Hunk | undefined): Promise<void>;
}

/** In which an editor mostly has the focus. */
const longestFocusMs = 1000;

/**
 * In the overview of several files: puts the cursor on the next file's first open change. VS Code's own command goes from
 * change to change, decided or not.
 */
export async function goToOpenFile<Side extends { file: { hunks: readonly Hunk[] } }>(
  from: Side,
  { sides, of, moveTo }: Overview<Side>,
): Promise<void> {
  let at = from;
  for (let tries = 0; tries < sides.length; tries++) {
    // From its last change the next one is in another file.
    await moveTo(at, at.file.hunks.at(-1));
    const arrived = nextEditor();
    await vscode.commands.executeCommand('multiDiffEditor.goToNextChange');
    const side = of((await arrived)?.document.uri);
    if (!side) return;
    const open = side.file.hunks.find((hunk) => hunk.state === 'open');
    if (open) return moveTo(side, open);
    at = side;
  }
}

/** The editor that has the focus next; the one that has it, where none follows. */
function nextEditor(): Promise<vscode.TextEditor | undefined> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      changes.dispose();
      resolve(vscode.window.activeTextEditor);
    };
    // Between two editors none has it.
    const changes = vscode.window.onDidChangeActiveTextEditor((editor) => editor && done());
    const timer = setTimeout(done, longestFocusMs);
  });
}
