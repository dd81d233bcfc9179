import * as vscode from 'vscode';
import type { SessionContext } from '../../../sidecar/protocol/sessionContext.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import type { ContextChip } from '../../../webview/protocol.ts';

/** A chip with what it stands for. Files are read by the sidecar when the message is sent, texts are as they were added. */
export interface ContextItem {
  chip: ContextChip;
  context: SessionContext;
}

export function fileItem(uri: vscode.Uri, kind: 'activeFile' | 'file'): ContextItem {
  const label = nameOf(uri);
  return {
    chip: { id: `${kind}:${uri}`, kind, label, path: vscode.workspace.asRelativePath(uri) },
    context: { kind: 'file', uri: uri.toString(), label },
  };
}

export function folderItem(uri: vscode.Uri): ContextItem {
  const label = `${nameOf(uri)}/`;
  return {
    chip: { id: `folder:${uri}`, kind: 'folder', label, path: `${vscode.workspace.asRelativePath(uri)}/` },
    context: { kind: 'folder', uri: uri.toString(), label },
  };
}

/** Lines of a file. A selection that ends at the start of a line does not hold that line. */
function selectionItem(uri: vscode.Uri, { start, end }: vscode.Range): ContextItem {
  const { first, last } = linesOf(start, end);
  const label = rangeLabel(nameOf(uri), first, last);
  return {
    chip: {
      id: `selection:${uri}:${first}-${last}`,
      kind: 'selection',
      label,
      path: vscode.workspace.asRelativePath(uri),
    },
    context: { kind: 'file', uri: uri.toString(), label, range: { start: place(start), end: place(end) } },
  };
}

/** The lines that are selected; of a document that is no file of the workspace their text. */
export function selectionOf({ document, selection }: vscode.TextEditor): ContextItem {
  const item = selectionItem(document.uri, selection);
  const isFile = document.uri.scheme === 'file' && vscode.workspace.getWorkspaceFolder(document.uri);
  if (isFile) return item;
  const { id, label, path } = item.chip;
  return textItem('selection', { id, label, path, text: document.getText(selection) });
}

/** A symbol, as the lines that declare it. */
export function symbolItem(name: string, uri: vscode.Uri, { start, end }: vscode.Range): ContextItem {
  const { first, last } = linesOf(start, end);
  const label = rangeLabel(nameOf(uri), first, last);
  return {
    chip: {
      id: `symbol:${uri}:${first}:${name}`,
      kind: 'symbol',
      label: name,
      path: `${vscode.workspace.asRelativePath(uri)}:${first}`,
    },
    context: { kind: 'file', uri: uri.toString(), label, range: { start: place(start), end: place(end) } },
  };
}

/** What went along with a message, as a chip again; an image is for the panel to read. */
export function itemOf(context: Exclude<SessionContext, { kind: 'image' }>): ContextItem {
  const { label } = context;
  if (context.kind === 'text') return textItem('selection', { id: label, label, path: label, text: context.text });
  const uri = vscode.Uri.parse(context.uri);
  if (context.kind === 'folder') return folderItem(uri);
  if (!context.range) return fileItem(uri, 'file');
  const { start, end } = context.range;
  return selectionItem(uri, new vscode.Range(start.line, start.character, end.line, end.character));
}

/** What only the editor can read. `id` tells it from others of its kind; `path` is said in the tooltip. */
export function textItem(
  kind: 'selection' | 'problems' | 'terminal' | 'diff' | 'url',
  { id, label, path, text }: { id: string; label: string; path: string; text: string },
): ContextItem {
  return { chip: { id: `${kind}:${id}`, kind, label, path }, context: { kind: 'text', label, text } };
}

function linesOf(start: vscode.Position, end: vscode.Position): { first: number; last: number } {
  const first = start.line + 1;
  return { first, last: Math.max(first, end.character === 0 ? end.line : end.line + 1) };
}

function rangeLabel(name: string, first: number, last: number): string {
  return first === last
    ? t('{name}, line {first}', { name, first })
    : t('{name}, lines {first}-{last}', { name, first, last });
}

const place = ({ line, character }: vscode.Position) => ({ line, character });

export function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').filter(Boolean).at(-1) ?? uri.path;
}
