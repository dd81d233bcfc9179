import * as vscode from 'vscode';
import type { SessionContext } from '../../sidecar/protocol/sessions.ts';
import type { ContextChip } from '../../webview/protocol.ts';

/** A chip with what it stands for. */
export interface ContextItem {
  chip: ContextChip;
  context: SessionContext;
}

/** What goes with the next prompt: the active file while the setting is on, and what the person added. */
export interface ContextList extends vscode.Disposable {
  items(): readonly ContextItem[];
  addFile(uri: vscode.Uri): void;
  addSelection(editor: vscode.TextEditor): void;
  remove(id: string): void;
  /** After a prompt was sent: what was added for it has gone along. */
  clearAdded(): void;
  /** For a new session: the active file is offered again, also where it was removed. */
  reset(): void;
  readonly onChange: vscode.Event<void>;
}

export function createContextList(): ContextList {
  const changed = new vscode.EventEmitter<void>();
  const removedFiles = new Set<string>();
  let added: ContextItem[] = [];
  let active = vscode.window.activeTextEditor?.document;

  const includeActiveFile = () => vscode.workspace.getConfiguration('devstral.chat').get('includeActiveFile', true);
  const activeItem = (): ContextItem[] => {
    if (!active || active.isClosed || !isFile(active.uri) || !includeActiveFile()) return [];
    const uri = active.uri.toString();
    // A selection of the file, or the file itself, is there already.
    if (removedFiles.has(uri) || added.some(({ context }) => context.kind === 'file' && context.uri === uri)) return [];
    return [fileItem(active.uri, 'activeFile')];
  };
  const add = (item: ContextItem) => {
    added = [...added.filter(({ chip }) => chip.id !== item.chip.id), item];
    changed.fire();
  };

  const subscriptions = [
    // Undefined while the focus is in a panel or a view: the last file stays the one that is talked about.
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (!editor || !isFile(editor.document.uri)) return;
      active = editor.document;
      changed.fire();
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document === active) changed.fire();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('devstral.chat.includeActiveFile')) changed.fire();
    }),
  ];

  return {
    onChange: changed.event,
    items: () => [...activeItem(), ...added],
    addFile: (uri) => add(fileItem(uri, 'file')),
    addSelection: ({ document, selection }) => add(selectionItem(document.uri, selection)),
    remove(id) {
      const item = activeItem().find(({ chip }) => chip.id === id);
      if (item?.context.kind === 'file') removedFiles.add(item.context.uri);
      added = added.filter(({ chip }) => chip.id !== id);
      changed.fire();
    },
    clearAdded() {
      added = [];
      changed.fire();
    },
    reset() {
      added = [];
      removedFiles.clear();
      changed.fire();
    },
    dispose() {
      for (const subscription of [...subscriptions, changed]) subscription.dispose();
    },
  };
}

function isFile(uri: vscode.Uri): boolean {
  return uri.scheme === 'file' || uri.scheme === 'vscode-remote';
}

function fileItem(uri: vscode.Uri, kind: 'activeFile' | 'file'): ContextItem {
  const chip: ContextChip = {
    id: `${kind}:${uri}`,
    kind,
    label: name(uri),
    path: vscode.workspace.asRelativePath(uri),
  };
  return { chip, context: { kind: 'file', uri: uri.toString(), label: chip.label } };
}

/** Lines of a file. A selection that ends at the start of a line does not hold that line. */
function selectionItem(uri: vscode.Uri, { start, end }: vscode.Range): ContextItem {
  const first = start.line + 1;
  const last = Math.max(first, end.character === 0 ? end.line : end.line + 1);
  const lines = first === last ? `line ${first}` : `lines ${first}-${last}`;
  const chip: ContextChip = {
    id: `selection:${uri}:${first}-${last}`,
    kind: 'selection',
    label: `${name(uri)}, ${lines}`,
    path: vscode.workspace.asRelativePath(uri),
  };
  const range = {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
  return { chip, context: { kind: 'file', uri: uri.toString(), label: chip.label, range } };
}

function name(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}
