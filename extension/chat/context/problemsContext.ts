import * as vscode from 'vscode';
import { plural, t } from '../../../sidecar/protocol/translate.ts';
import { type ContextItem, textItem } from './contextItem.ts';

/** Problems that go along; the first ones usually cause the rest. */
const mostProblems = 100;

/** Errors and warnings of the workspace's files, the errors first. */
function known(): [vscode.Uri, vscode.Diagnostic][] {
  return vscode.languages
    .getDiagnostics()
    .filter(([uri]) => vscode.workspace.getWorkspaceFolder(uri))
    .flatMap(([uri, found]) => found.map((one): [vscode.Uri, vscode.Diagnostic] => [uri, one]))
    .filter(([, { severity }]) => severity <= vscode.DiagnosticSeverity.Warning)
    .sort(([, a], [, b]) => a.severity - b.severity);
}

/** "4 problems in 2 files"; null if there are none. */
export function problemsLabel(): string | null {
  const all = known();
  const files = new Set(all.map(([uri]) => uri.toString())).size;
  if (all.length === 0) return null;
  if (all.length === 1) return t('1 problem');
  if (files === 1) return plural(all.length, { one: '{count} problem in 1 file', other: '{count} problems in 1 file' });
  const problems = plural(all.length, { one: '{count} problem', other: '{count} problems' });
  return t('{problems} in {files}', {
    problems,
    files: plural(files, { one: '{count} file', other: '{count} files' }),
  });
}

/** The problems that the editor shows now, a line each as a compiler would write them; null if there are none. */
export function problemsItem(): ContextItem | null {
  const label = problemsLabel();
  if (label === null) return null;
  const all = known();
  const lines = all.slice(0, mostProblems).map(([uri, { range, severity, message }]) => {
    const kind = severity === vscode.DiagnosticSeverity.Error ? 'error' : 'warning';
    return `${vscode.workspace.asRelativePath(uri)}:${range.start.line + 1}: ${kind}: ${message.replaceAll('\n', ' ')}`;
  });
  if (all.length > mostProblems) lines.push(`(${all.length - mostProblems} more)`);
  return textItem('problems', { id: 'all', label, path: label, text: lines.join('\n') });
}
