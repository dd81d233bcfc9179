import * as vscode from 'vscode';
import type { OnDemand } from '../onDemand.ts';
import type { ChatView } from './chatView.ts';
import { registerContextCommands } from './context/contextCommands.ts';

/** The panel's commands; asking moves the focus to the composer. */
export function registerChatCommands(chat: ChatView, onDemand: () => OnDemand): vscode.Disposable {
  const commands: Record<string, (...args: unknown[]) => unknown> = {
    'devstral.openChat': () => chat.open(),
    'devstral.session.new': () => {
      chat.newSession();
      return chat.open();
    },
    'devstral.session.list': () => chat.showHistory(),
    'devstral.session.export': () => onDemand().exportSession(chat.conversation.sessions),
    'devstral.session.import': async () => {
      if (await onDemand().importSession(chat.conversation.sessions)) await chat.open();
    },
    'devstral.getStarted': () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        'devstral-vscode.devstral#devstral.start',
        false,
      ),
    'devstral.stop': () => chat.stop(),
    'devstral.switchMode': () => chat.switchMode(),
    'devstral.permission.allowOnce': () => chat.permit('allow_once'),
    'devstral.permission.reject': () => chat.permit('reject_once'),
    'devstral.permission.show': () => chat.showPending(),
    'devstral.permission.editRules': () =>
      vscode.commands.executeCommand('workbench.action.openSettings', '@id:devstral.agent.rules'),
    'devstral.condense': () => chat.conversation.sessions.condense(),
    'devstral.chat.openAnswer': () => chat.conversation.texts.openLastAnswer(),
    'devstral.chat.copyMarkdown': () => chat.conversation.panel.post({ type: 'menuAction', action: 'copyMarkdown' }),
    'devstral.chat.insertCode': () => chat.conversation.panel.post({ type: 'menuAction', action: 'insertCode' }),
    'devstral.chat.fork': () => chat.conversation.panel.post({ type: 'menuAction', action: 'fork' }),
    'devstral.askAboutSelection': async () => {
      await chat.context.addSelection();
      return chat.open();
    },
  };
  return vscode.Disposable.from(
    registerContextCommands(chat.context),
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}
