import * as vscode from 'vscode';
import type { ContextList } from './chatContext.ts';
import { insertAtCursor, openLink } from './editorActions.ts';
import type { PanelHandlers } from './panelHandlers.ts';

/** What the panel does with context and with what stands in answers. */
export function contextHandlers(context: ContextList, addContext: () => Promise<void>) {
  const handlers: PanelHandlers<
    'addContext' | 'removeContext' | 'copy' | 'insertCode' | 'openLink' | 'useFile' | 'addServer' | 'switchModel'
  > = {
    addContext,
    removeContext: ({ id }) => context.remove(id),
    copy: ({ text }) => vscode.env.clipboard.writeText(text),
    insertCode: ({ text }) => insertAtCursor(text),
    openLink: ({ href }) => openLink(href),
    useFile: () => vscode.commands.executeCommand('devstral.useFile'),
    addServer: () => vscode.commands.executeCommand('devstral.addServer'),
    switchModel: () => vscode.commands.executeCommand('devstral.switchModel'),
  };
  return handlers;
}
