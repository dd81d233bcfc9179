import * as vscode from 'vscode';

/**
 * Range and text that put `lines` in the place of `count` lines from `start`, in the document's own line endings; right also
 * at the end of a text, with or without a last newline. A count of 0 inserts before `start`.
 */
export function lineReplacement(
  document: vscode.TextDocument,
  start: number,
  count: number,
  lines: readonly string[],
): [vscode.Range, string] {
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  const end = start + count;
  if (end < document.lineCount) return [new vscode.Range(start, 0, end, 0), lines.map((line) => line + eol).join('')];
  const tail = document.lineAt(document.lineCount - 1).range.end;
  if (start === 0) return [new vscode.Range(new vscode.Position(0, 0), tail), lines.join(eol)];
  const before = document.lineAt(start - 1).range.end;
  return [new vscode.Range(before, tail), lines.map((line) => eol + line).join('')];
}
