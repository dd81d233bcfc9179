import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { type Lines, linesText, placeholderText } from './inlineLines.ts';

/** Asks what shall change in these lines; undefined if the person leaves. `last` stands there to be typed over. */
export async function askForChange(
  file: string,
  lines: Lines,
  problems: number,
  last = '',
): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: t('Edit {lines} of {file}', { lines: linesText(lines), file }),
    placeHolder: placeholderText(problems),
    value: last,
    valueSelection: [0, last.length],
  });
  return answer?.trim();
}
