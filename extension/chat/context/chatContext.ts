import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import type { HostMessage } from '../../../webview/protocol.ts';
import type { SidecarClient } from '../../sidecarClient.ts';
import type { PanelHandlers } from '../panelHandlers.ts';
import { createContextBudget } from './contextBudget.ts';
import { fileItem, folderItem, nameOf } from './contextItem.ts';
import { type ContextList, createContextList } from './contextList.ts';
import { pickCandidate } from './contextPicker.ts';
import { createContextSearch } from './contextSearch.ts';
import type { Made } from './findCandidates.ts';
import { selectionOf } from './fixedOffers.ts';
import { refusalOf } from './refusedFiles.ts';
import { createTerminals } from './terminals.ts';

interface Deps {
  sidecar: Pick<SidecarClient, 'request' | 'running'>;
  /** The session that is shown; empty while nothing was sent in it. */
  sessionId(): string;
  post(message: HostMessage): void;
  /** Something cannot go along: said in the panel if it is open, else as a notification. */
  refuse(report: ProblemReport): void;
  /** Shows the panel with the cursor in the composer. */
  open(): Promise<void>;
}

type Handled = 'addContext' | 'findCandidates' | 'addCandidate' | 'addUris' | 'removeContext' | 'watchBudget';

/** Everything about what goes along with the next message. */
export interface ChatContext extends vscode.Disposable {
  list: ContextList;
  handlers: PanelHandlers<Handled>;
  /** Session, model or conversation changed: what the next prompt takes is another. */
  stale(): void;
  /** Adds the selection of the active editor; does not show the panel. False if there is none. */
  addSelection(): Promise<boolean>;
  addFiles(uris: readonly vscode.Uri[]): Promise<void>;
  addTerminalSelection(): Promise<void>;
  /** Asks with a quick pick what to add. */
  addContext(): Promise<void>;
}

export function createChatContext({ sidecar, sessionId, post, refuse, open }: Deps): ChatContext {
  const list = createContextList();
  const terminals = createTerminals();
  const postChips = () => post({ type: 'context', context: list.chips() });
  const budget = createContextBudget({
    sidecar,
    list,
    sessionId,
    onBudget: (counted) => post({ type: 'budget', budget: counted }),
    onCounted: postChips,
  });
  const search = createContextSearch({ terminals, editor: list.lastEditor, count: budget.count });
  const changes = list.onChange(() => {
    postChips();
    budget.stale();
  });

  function take(made: Made | undefined): void {
    if (!made) return;
    if ('chip' in made) list.add(made);
    else refuse(made);
  }

  async function addFiles(uris: readonly vscode.Uri[]): Promise<void> {
    for (const uri of uris) {
      const refused = await refusalOf(uri);
      if (refused) {
        refuse(refused);
        continue;
      }
      const found = await vscode.workspace.fs.stat(uri).then(
        ({ type }) => type,
        () => null,
      );
      if (found === null) refuse(problem('fileMissing', { file: nameOf(uri) }));
      else list.add(found & vscode.FileType.Directory ? folderItem(uri) : fileItem(uri, 'file'));
    }
  }

  async function addContext(): Promise<void> {
    const id = await pickCandidate(search, budget.free());
    if (id !== undefined) take(await search.take(id));
    await open();
  }

  return {
    list,
    handlers: {
      addContext,
      findCandidates: ({ query }) =>
        search.find(query, (candidates) => post({ type: 'candidates', query, candidates })),
      addCandidate: async ({ id }) => take(await search.take(id)),
      addUris: ({ uris }) => addFiles(uris.flatMap(fileUri)),
      removeContext: ({ id }) => list.remove(id),
      watchBudget: ({ draft }) => budget.watch(draft),
    },
    stale: budget.stale,
    async addSelection() {
      const editor = vscode.window.activeTextEditor;
      if (!editor || editor.selection.isEmpty) return false;
      const item = selectionOf(editor);
      take(item.context.kind === 'text' ? item : ((await refusalOf(editor.document.uri)) ?? item));
      return true;
    },
    addFiles,
    addTerminalSelection: async () => take(await terminals.selectionItem()),
    addContext,
    dispose() {
      for (const part of [changes, search, budget, terminals, list]) part.dispose();
    },
  };
}

/** What was dropped is text of another program: a path, a uri, or neither. */
function fileUri(dropped: string): vscode.Uri[] {
  try {
    const uri = /^[a-z][a-z\d+.-]+:/i.test(dropped) ? vscode.Uri.parse(dropped, true) : vscode.Uri.file(dropped);
    return [uri];
  } catch {
    return [];
  }
}
