import { isUtf8 } from 'node:buffer';
import { constants, promises as fs } from 'node:fs';
import * as vscode from 'vscode';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { type ProblemReport, problem } from '../../sidecar/protocol/problems.ts';
import type { FileDiagnostic, Range } from '../../sidecar/protocol/text.ts';
import { displayLanguage, t } from '../../sidecar/protocol/translate.ts';

export interface FixTarget {
  uri: vscode.Uri;
  /** File name for people. */
  name: string;
  languageId: string | undefined;
  diagnostics: FileDiagnostic[];
  focus: Range | undefined;
}

export type TargetResult =
  | { kind: 'target'; target: FixTarget }
  | { kind: 'problem'; problem: ProblemReport; uri: vscode.Uri | undefined };

const maxBytes = 50 * 1024 * 1024;

export interface TargetRequest {
  /** The active editor's without. */
  uri?: vscode.Uri;
  focus?: Range;
  instruction?: string;
  /** Codes of the problems that the person has waved through. */
  skip: ReadonlySet<string>;
}

/** The file that a fix is for, and the checks that need no model (ui.md 6, rows 25 to 29). Nothing is opened or started. */
export async function findTarget({ uri, focus, instruction, skip }: TargetRequest): Promise<TargetResult> {
  const active = vscode.window.activeTextEditor;
  const target = uri ?? active?.document.uri;
  const refuse = (report: ProblemReport): TargetResult => ({ kind: 'problem', problem: report, uri: target });
  if (!target) return refuse(problem('unsupportedEditor', { file: t('The open editor') }));
  const name = target.path.split('/').at(-1) ?? target.path;
  if (!vscode.workspace.isTrusted) return refuse(problem('untrusted', {}));
  if (target.scheme === 'untitled') return refuse(problem('untitled', { file: name }));
  if (target.scheme !== 'file' || isNotebook(target)) return refuse(problem('unsupportedEditor', { file: name }));
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 0 && !vscode.workspace.getWorkspaceFolder(target) && !skip.has('outsideWorkspace')) {
    return refuse(problem('outsideWorkspace', { path: target.fsPath }));
  }
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === target.toString());
  const stat = await fs.stat(target.fsPath).catch(() => undefined);
  if (!stat?.isFile()) return refuse(problem('fileMissing', { file: name }));
  if (stat.size > maxBytes)
    return refuse(problem('fileOverLimit', { file: name, size: fileSize(stat.size, displayLanguage()) }));
  const encoding = await unreadableAs(target.fsPath, document);
  if (encoding) return refuse(problem('notText', { file: name, encoding }));
  const empty = document ? document.getText().trim() === '' : stat.size === 0;
  if (empty && !instruction?.trim() && !skip.has('emptyFile')) return refuse(problem('emptyFile', { file: name }));
  if (!skip.has('readOnly') && !(await isWritable(target.fsPath))) return refuse(problem('readOnly', { file: name }));
  return {
    kind: 'target',
    target: { uri: target, name, languageId: document?.languageId, diagnostics: diagnosticsOf(target), focus },
  };
}

/**
 * The encoding in which a file cannot be read, or null. In an open one a character that could not be decoded has become
 * U+FFFD and would be lost on the next save, unless the file itself has that character.
 */
async function unreadableAs(path: string, document: vscode.TextDocument | undefined): Promise<string | null> {
  if (!document) return (await hasNull(path)) ? 'UTF-8' : null;
  const text = document.getText();
  if (text.includes('\0')) return document.encoding;
  if (!text.includes('\uFFFD') || (/^utf-?8/i.test(document.encoding) && (await hasOnlyUtf8(path)))) return null;
  return document.encoding;
}

/** Whether a file looks binary by its first bytes; UTF-16 with its mark is text. */
async function hasNull(path: string): Promise<boolean> {
  const file = await fs.open(path, 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
    const head = buffer.subarray(0, bytesRead);
    const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    return head.includes(0) && !utf16;
  } finally {
    await file.close();
  }
}

const hasOnlyUtf8 = (path: string) => fs.readFile(path).then(isUtf8, () => true);

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
