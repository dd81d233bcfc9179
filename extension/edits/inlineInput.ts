import * as vscode from 'vscode';
import { type Lines, linesText, placeholderText } from './inlineLines.ts';

/** Asks what shall change in these lines; undefined if the person leaves. `last` stands there to be typed over. */
export async function askForChange(
  file: string,
  lines: Lines,
  problems: number,
  last = '',
): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: `Edit ${linesText(lines)} of ${file}`,
    placeHolder: placeholderText(problems),
    value: last,
    valueSelection: [0, last.length],
  });
  return answer?.trim();
}
