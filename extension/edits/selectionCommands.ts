import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { ChatView } from '../chat/chatView.ts';

const prompts = {
  'devstral.explain': t('Explain the selected code: what it does, and what is not obvious about it.'),
  'devstral.addTests': t(
    'Write tests for the selected code, in the test framework and the style that this project uses. Say in which file they belong.',
  ),
};

/** Commands about a selection that the chat answers. */
export function registerSelectionCommands(
  chat: Pick<ChatView, 'context' | 'open' | 'conversation'>,
): vscode.Disposable {
  const { context, conversation } = chat;
  const ask = async (prompt: string) => {
    const item = await context.selection();
    if (!item) return;
    await chat.open();
    try {
      // What stands in the composer, and the chips there, wait for their own message.
      await conversation.sessions.send(prompt, [item.context], 'queue');
    } catch (error) {
      conversation.problem.tellError(error);
    }
  };
  return vscode.Disposable.from(
    ...Object.entries(prompts).map(([id, prompt]) => vscode.commands.registerCommand(id, () => ask(prompt))),
  );
}
