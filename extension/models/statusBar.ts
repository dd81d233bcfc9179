import * as vscode from 'vscode';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { type StatusText, statusText } from './statusText.ts';
import { tooltipCommands, tooltipText } from './statusTooltip.ts';

export interface StatusBar extends vscode.Disposable {
  update(status: ModelStatus): void;
  toReview(count: number): void;
  /** Permissions and questions that wait. */
  toAllow(count: number): void;
  /** What it shows now. */
  shown(): StatusText & { tooltip: string };
}

/** The one status bar item of the extension. */
export function createStatusBar(initial: ModelStatus): StatusBar {
  const item = vscode.window.createStatusBarItem('devstral.model', vscode.StatusBarAlignment.Right, 99);
  item.name = t('Devstral Model');
  const { language } = vscode.env;
  let status = initial;
  const waiting = { toAllow: 0, toReview: 0 };
  const shown = () => ({ ...statusText(status, waiting, language), tooltip: tooltipText(status, language) });
  const draw = () => {
    const { text, colour, label, tooltip } = shown();
    item.text = text;
    item.command = waiting.toAllow > 0 ? 'devstral.permission.show' : 'devstral.switchModel';
    item.backgroundColor = colour ? new vscode.ThemeColor(colour) : undefined;
    item.accessibilityInformation = { label };
    const markdown = new vscode.MarkdownString(tooltip, true);
    markdown.isTrusted = { enabledCommands: tooltipCommands };
    item.tooltip = markdown;
  };
  draw();
  item.show();
  return {
    update(next) {
      status = next;
      draw();
    },
    toReview(count) {
      waiting.toReview = count;
      draw();
    },
    toAllow(count) {
      waiting.toAllow = count;
      draw();
    },
    shown,
    dispose: () => item.dispose(),
  };
}
