import * as vscode from 'vscode';
import type { ChatView } from './chatView.ts';

/** The panel's commands. Commands that add context keep the focus where it is; asking moves it to the composer. */
export function registerChatCommands(chat: ChatView): vscode.Disposable {
  const commands: Record<string, (...args: unknown[]) => unknown> = {
    'devstral.openChat': () => chat.open(),
    'devstral.session.new': () => {
      chat.newSession();
      return chat.open();
    },
    'devstral.stop': () => chat.stop(),
    'devstral.addSelection': () => chat.addSelection(),
    'devstral.askAboutSelection': () => {
      chat.addSelection();
      return chat.open();
    },
    'devstral.addFile': (uri) => {
      if (uri instanceof vscode.Uri) chat.addFile(uri);
    },
    'devstral.chat.addContext': () => chat.addContext(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}
