import * as vscode from 'vscode';
import { openLink } from './editorActions.ts';
import type { PanelHandlers } from './panelHandlers.ts';

/** What the panel does with what stands in answers, and with the model's name. */
export const answerHandlers: PanelHandlers<'copy' | 'openLink' | 'switchModel'> = {
  copy: ({ text }) => vscode.env.clipboard.writeText(text),
  openLink: ({ href }) => openLink(href),
  switchModel: () => vscode.commands.executeCommand('devstral.switchModel'),
};
