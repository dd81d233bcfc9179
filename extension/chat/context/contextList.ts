import * as vscode from 'vscode';
import { hasSecretName } from '../../../sidecar/protocol/secretNames.ts';
import type { ContextChip } from '../../../webview/protocol.ts';
import { type ContextItem, fileItem } from './contextItem.ts';

/** What goes with the next message: the active file while the setting is on, and what the person added. */
export interface ContextList extends vscode.Disposable {
  items(): readonly ContextItem[];
  /** As the panel shows them, with tokens where they were counted. */
  chips(): ContextChip[];
  add(item: ContextItem): void;
  remove(id: string): void;
  /** Tokens of the items, in their order, as the model in use counts them. */
  counted(items: readonly ContextItem[], tokens: readonly number[]): void;
  /** After a message was sent: what was added for it has gone along; the rest waits. */
  clearAdded(sent?: (item: ContextItem) => boolean): void;
  /** For a new session: the active file is offered again, also where it was removed. */
  reset(): void;
  /** The editor that the person was in last; a panel that has the focus is none. */
  lastEditor(): vscode.TextEditor | undefined;
  readonly onChange: vscode.Event<void>;
}

export function createContextList(): ContextList {
  const changed = new vscode.EventEmitter<void>();
  const removedFiles = new Set<string>();
  const tokens = new Map<string, number>();
  let added: ContextItem[] = [];
  let editor = vscode.window.activeTextEditor;
  let active = editor?.document;

  const includeActiveFile = () => vscode.workspace.getConfiguration('devstral.chat').get('includeActiveFile', true);
  const activeItem = (): ContextItem[] => {
    if (!active || active.isClosed || !isOffered(active.uri) || !includeActiveFile()) return [];
    const uri = active.uri.toString();
    // A selection of the file, or the file itself, is there already.
    if (removedFiles.has(uri) || added.some(({ context }) => context.kind === 'file' && context.uri === uri)) return [];
    return [fileItem(active.uri, 'activeFile')];
  };
  const items = () => [...activeItem(), ...added];

  const subscriptions = [
    // Undefined while the focus is in a panel or a view: the last file stays the one that is talked about.
    vscode.window.onDidChangeActiveTextEditor((next) => {
      if (!next || !['file', 'untitled'].includes(next.document.uri.scheme)) return;
      editor = next;
      if (next.document === active) return;
      active = next.document;
      changed.fire();
    }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      // Its count is of the text as it was.
      for (const { chip, context } of items()) {
        if (context.kind === 'file' && context.uri === document.uri.toString()) tokens.delete(chip.id);
      }
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
    items,
    chips: () =>
      items().map(({ chip }) => {
        const count = tokens.get(chip.id);
        return count === undefined ? chip : { ...chip, tokens: count };
      }),
    add(item) {
      tokens.delete(item.chip.id);
      added = [...added.filter(({ chip }) => chip.id !== item.chip.id), item];
      changed.fire();
    },
    remove(id) {
      for (const { chip, context } of items()) {
        // Not offered again because it is open.
        if (chip.id === id && context.kind === 'file' && !context.range) removedFiles.add(context.uri);
      }
      added = added.filter(({ chip }) => chip.id !== id);
      changed.fire();
    },
    counted(which, counts) {
      for (const [i, { chip }] of which.entries()) tokens.set(chip.id, counts[i] ?? 0);
    },
    clearAdded(sent = () => true) {
      const left = added.filter((item) => !sent(item));
      if (left.length === added.length) return;
      added = left;
      changed.fire();
    },
    reset() {
      added = [];
      removedFiles.clear();
      changed.fire();
    },
    lastEditor: () => (editor && vscode.window.visibleTextEditors.includes(editor) ? editor : undefined),
    dispose() {
      for (const subscription of [...subscriptions, changed]) subscription.dispose();
    },
  };
}

/** A file with secrets does not go along because it is open. */
function isOffered(uri: vscode.Uri): boolean {
  const folder = uri.scheme === 'file' && vscode.workspace.getWorkspaceFolder(uri);
  return folder !== undefined && folder !== false && !hasSecretName(vscode.workspace.asRelativePath(uri, false));
}
