import * as vscode from 'vscode';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { compact, contextSize, rate } from '../../sidecar/protocol/numbers.ts';
import { statusText } from './statusText.ts';

/** The one status bar item of the extension. */
export function createStatusBar(initial: ModelStatus): vscode.Disposable & {
  update(status: ModelStatus): void;
  toReview(count: number): void;
} {
  const item = vscode.window.createStatusBarItem('devstral.model', vscode.StatusBarAlignment.Right, 99);
  item.name = 'Devstral Model';
  item.command = 'devstral.switchModel';
  let status = initial;
  let waiting = 0;
  const draw = () => {
    const shown = statusText(status, waiting, vscode.env.language);
    item.text = shown.text;
    item.backgroundColor = shown.colour ? new vscode.ThemeColor(shown.colour) : undefined;
    item.accessibilityInformation = { label: shown.label };
    item.tooltip = tooltip(status, vscode.env.language);
  };
  draw();
  item.show();
  return {
    update(next) {
      status = next;
      draw();
    },
    toReview(count) {
      waiting = count;
      draw();
    },
    dispose: () => item.dispose(),
  };
}

function tooltip(status: ModelStatus, language: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, true);
  text.isTrusted = { enabledCommands: ['devstral.openChat', 'devstral.switchModel', 'devstral.showLog'] };
  const { detail, state } = status;
  text.appendMarkdown(
    `**${escapeMarkdown(detail?.title ?? status.name)}**, ${state.state === 'failed' ? escapeMarkdown(state.problem.sentence) : state.state}\n\n`,
  );
  const rows: [string, string][] = [];
  if (detail?.contextSize) {
    const used = detail.contextUsed === undefined ? '' : `${compact(detail.contextUsed, language)} of `;
    rows.push(['Context', `${used}${contextSize(detail.contextSize, language)} tokens`]);
  }
  const speeds: string[] = [];
  if (detail?.decodeRate) speeds.push(`writes ${rate(detail.decodeRate, language)}`);
  if (detail?.prefillRate) speeds.push(`reads ${rate(detail.prefillRate, language)}`);
  if (speeds.length > 0) rows.push(['Speed', speeds.join(', ')]);
  if (detail?.notice) text.appendMarkdown(`${escapeMarkdown(detail.notice)}.\n\n`);
  rows.push(['Network', detail?.network ?? 'off']);
  text.appendMarkdown(
    `| | |\n|---|---|\n${rows.map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`).join('\n')}\n\n`,
  );
  text.appendMarkdown(
    '[Open Chat](command:devstral.openChat) | [Switch Model](command:devstral.switchModel) | [Show Log](command:devstral.showLog)',
  );
  return text;
}

const escapeMarkdown = (text: string) => text.replace(/[\\`*_{}[\]()#+\-!|<>]/g, '\\$&');
