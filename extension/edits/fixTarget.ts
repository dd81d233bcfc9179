import { constants, promises as fs } from 'node:fs';
import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../sidecar/protocol/problems.ts';
import type { FileDiagnostic, Range } from '../../sidecar/protocol/text.ts';

export interface FixTarget {
  uri: vscode.Uri;
  /** File name for people. */
  name: string;
  languageId: string | undefined;
  diagnostics: FileDiagnostic[];
  focus: Range | undefined;
  /** The editor it was started from, if the person is in it. */
  editor: vscode.TextEditor | undefined;
}

export type TargetResult =
  | { kind: 'target'; target: FixTarget }
  | { kind: 'problem'; problem: ProblemReport; uri: vscode.Uri | undefined };

const maxBytes = 50 * 1024 * 1024;

/** The file that a fix is for, and the checks that need no model (ui.md 6, rows 25 to 29). Nothing is opened or started. */
export async function findTarget(
  uri: vscode.Uri | undefined,
  focus: Range | undefined,
  skip: ReadonlySet<string>,
): Promise<TargetResult> {
  const active = vscode.window.activeTextEditor;
  const target = uri ?? active?.document.uri;
  const refuse = (report: ProblemReport): TargetResult => ({ kind: 'problem', problem: report, uri: target });
  if (!target) return refuse(problem('unsupportedEditor', { file: 'The open editor' }));
  const name = vscode.workspace.asRelativePath(target, false).split('/').at(-1) ?? target.path;
  if (!vscode.workspace.isTrusted) return refuse(problem('untrusted', {}));
  if (target.scheme === 'untitled') return refuse(problem('untitled', { file: name }));
  if (target.scheme !== 'file' || isNotebook(target)) return refuse(problem('unsupportedEditor', { file: name }));
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 0 && !vscode.workspace.getWorkspaceFolder(target) && !skip.has('outsideWorkspace')) {
    return refuse(problem('outsideWorkspace', { path: target.fsPath }));
  }
  const editor = active?.document.uri.toString() === target.toString() ? active : undefined;
  const document =
    editor?.document ?? vscode.workspace.textDocuments.find((open) => open.uri.toString() === target.toString());
  const stat = await fs.stat(target.fsPath).catch(() => undefined);
  if (!stat?.isFile() && !document) return refuse(problem('fileMissing', { file: name }));
  if (stat && stat.size > maxBytes)
    return refuse(problem('fileOverLimit', { file: name, size: `${Math.round(stat.size / 1e6)} MB` }));
  if (stat && !skip.has('readOnly') && !(await isWritable(target.fsPath)))
    return refuse(problem('readOnly', { file: name }));
  return {
    kind: 'target',
    target: { uri: target, name, languageId: document?.languageId, diagnostics: diagnosticsOf(target), focus, editor },
  };
}

const isWritable = (path: string) =>
  fs.access(path, constants.W_OK).then(
    () => hasWriteBit(path),
    () => false,
  );

/** Root may write everything; the mode says what the owner meant. */
async function hasWriteBit(path: string): Promise<boolean> {
  const { mode } = await fs.stat(path);
  return process.platform === 'win32' || (mode & 0o222) !== 0;
}

const isNotebook = (uri: vscode.Uri) =>
  vscode.workspace.notebookDocuments.some((book) => book.uri.toString() === uri.toString());

const severities = ['error', 'warning', 'information', 'hint'] as const;

/** The problems that the editor shows for a file, in the protocol's form. */
export function diagnosticsOf(uri: vscode.Uri): FileDiagnostic[] {
  return vscode.languages.getDiagnostics(uri).map((found) => {
    const code = typeof found.code === 'object' ? found.code.value : found.code;
    return {
      range: { start: place(found.range.start), end: place(found.range.end) },
      severity: severities[found.severity] ?? 'error',
      message: found.message,
      ...(found.source === undefined ? {} : { source: found.source }),
      ...(code === undefined ? {} : { code: String(code) }),
    };
  });
}

const place = ({ line, character }: vscode.Position) => ({ line, character });
