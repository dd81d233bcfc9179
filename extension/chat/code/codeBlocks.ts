import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { ChangeSet, Hunk } from '../../../sidecar/protocol/changes.ts';
import { problem } from '../../../sidecar/protocol/problems.ts';
import type { FileText } from '../../../sidecar/protocol/text.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import { readText } from '../../edits/readText.ts';
import { showProblem } from '../../problemMessage.ts';
import { refusalOf } from '../context/refusedFiles.ts';
import { findInWorkspace, insertAtCursor } from '../editorActions.ts';
import type { PanelHandlers } from '../panelHandlers.ts';
import { placeCode } from './placeCode.ts';

interface Deps {
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  /** Puts a change set under review. */
  stage(changeSet: ChangeSet, notes: readonly string[], retry: () => void): { open(): Promise<void> };
  /** The editor that the person was in last. */
  editor(): vscode.TextEditor | undefined;
}

interface Block {
  text: string;
  language: string;
  path?: string | undefined;
}

/** What the buttons of a block of code in an answer do. */
export function codeHandlers(deps: Deps): PanelHandlers<'insertCode' | 'applyCode' | 'newFile'> {
  return {
    insertCode: ({ text }) => insertAtCursor(text, deps.editor()),
    applyCode: (block) => applyCode(block, deps),
    newFile: ({ text, language }) => newFile(text, language),
  };
}

/** Shows code as a proposed change of the file that it names, else of the one that the person is in. Nothing is written. */
async function applyCode(block: Block, deps: Deps): Promise<void> {
  if (!vscode.workspace.isTrusted) return void (await showProblem(problem('untrusted', {})));
  const target = await targetOf(block.path, deps.editor());
  if (!target) return cannotPlace(t('any open file'), block, deps);
  const name = vscode.workspace.asRelativePath(target);
  const refused = await refusalOf(target);
  if (refused) return void (await showProblem(refused));
  const read = await baseOf(target);
  if (read === null) return void (await showProblem(problem('notText', { file: name, encoding: 'UTF-8' })));
  const placed = placeCode(read.text, block.text);
  if (placed.kind === 'same') return said(t('Devstral: {name} has this code already', { name }));
  if (placed.kind === 'notPlaced') return cannotPlace(name, block, deps);
  const operation = read.revision.kind === 'absent' ? 'create' : 'edit';
  const hunks = await deps.hunks(read.text, placed.text);
  const file = { uri: target.toString(), operation, base: read, hunks, proposedText: placed.text } as const;
  const changeSet: ChangeSet = { id: randomUUID(), title: t('Apply to {name}', { name }), files: [file] };
  await deps.stage(changeSet, [], () => void applyCode(block, deps)).open();
}

/** A path that does not exist yet is a new file, if it is one of the workspace. */
async function targetOf(
  path: string | undefined,
  editor: vscode.TextEditor | undefined,
): Promise<vscode.Uri | undefined> {
  if (path === undefined || path === '') return editor?.document.uri;
  const found = await findInWorkspace(path);
  if (found) return found.uri;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder && !path.startsWith('/') ? vscode.Uri.joinPath(folder.uri, path) : editor?.document.uri;
}

/** Null: no text. */
async function baseOf(uri: vscode.Uri): Promise<FileText | null> {
  const isThere = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    return { text: '', eol: '\n', mixedEol: false, bom: false, encoding: 'utf8', revision: { kind: 'absent' } };
  }
  const read = await readText({ uri: uri.toString() });
  return read.kind === 'text' ? read.file : null;
}

async function cannotPlace(file: string, block: Block, deps: Deps): Promise<void> {
  await showProblem(problem('codeNotPlaced', { file }), {
    'New File': () => newFile(block.text, block.language),
    'Insert at Cursor': () => insertAtCursor(block.text, deps.editor()),
  });
}

/** An untitled document beside what is open; the language is that of the block, where VS Code knows it. */
async function newFile(text: string, language: string): Promise<void> {
  const content = text.endsWith('\n') ? text : `${text}\n`;
  const known = languageId(language, await vscode.languages.getLanguages());
  const document = await vscode.workspace.openTextDocument({ content, ...(known ? { language: known } : {}) });
  await vscode.window.showTextDocument(document, { preview: false });
}

/** Names that answers use for languages, beside VS Code's own. */
const aliases: Record<string, string> = {
  bash: 'shellscript',
  'c++': 'cpp',
  cs: 'csharp',
  'c#': 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  js: 'javascript',
  jsx: 'javascriptreact',
  md: 'markdown',
  objc: 'objective-c',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'shellscript',
  shell: 'shellscript',
  text: 'plaintext',
  ts: 'typescript',
  tsx: 'typescriptreact',
  yml: 'yaml',
  zsh: 'shellscript',
};

function languageId(language: string, known: readonly string[]): string | undefined {
  const wanted = language.toLowerCase();
  return [wanted, aliases[wanted]].find((each) => each !== undefined && known.includes(each));
}

const said = (text: string) => void vscode.window.setStatusBarMessage(text, 5000);
