import * as vscode from 'vscode';
import type { OnDemand } from '../onDemand.ts';
import type { PanelHandlers } from './panelHandlers.ts';

/** What the panel does with what stands in answers, and with the model's name. */
export const answerHandlers = (onDemand: () => OnDemand): PanelHandlers<'copy' | 'openLink' | 'switchModel'> => ({
  copy: ({ text }) => vscode.env.clipboard.writeText(text),
  openLink: ({ href }) => onDemand().openLink(href),
  switchModel: () => vscode.commands.executeCommand('devstral.switchModel'),
});
