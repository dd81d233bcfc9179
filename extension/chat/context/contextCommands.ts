import * as vscode from 'vscode';
import type { ChatContext } from './chatContext.ts';

/** Commands that add context keep the focus where it is. */
export function registerContextCommands(context: ChatContext): vscode.Disposable {
  const commands: Record<string, (...args: unknown[]) => unknown> = {
    'devstral.addSelection': () => context.addSelection(),
    // From the explorer: the file that was clicked, and all that are selected with it.
    'devstral.addFile': (clicked, selected) => {
      const all = Array.isArray(selected) && selected.length > 0 ? selected : [clicked];
      const uris = all.filter((each) => each instanceof vscode.Uri);
      const { activeTextEditor } = vscode.window;
      return context.addFiles(uris.length > 0 ? uris : activeTextEditor ? [activeTextEditor.document.uri] : []);
    },
    'devstral.addTerminalSelection': () => context.addTerminalSelection(),
    'devstral.chat.addContext': () => context.addContext(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}
