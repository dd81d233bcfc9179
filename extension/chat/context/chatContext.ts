import * as vscode from 'vscode';
import { imageName } from '../../../sidecar/protocol/imageTokens.ts';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../../sidecar/protocol/sessionContext.ts';
import type { HostMessage } from '../../../webview/protocol.ts';
import { showProblem } from '../../problemMessage.ts';
import type { SidecarClient } from '../../sidecarClient.ts';
import type { ChatTools } from '../chatTools.ts';
import type { PanelHandlers } from '../panelHandlers.ts';
import { createContextBudget } from './contextBudget.ts';
import { type ContextItem, fileItem, folderItem, itemOf, nameOf, selectionOf } from './contextItem.ts';
import { type ContextList, createContextList } from './contextList.ts';
import type { ContextSearch } from './contextSearch.ts';
import type { Made } from './findCandidates.ts';
import { createTerminals } from './terminals.ts';

interface Deps {
  sidecar: Pick<SidecarClient, 'request' | 'running'>;
  tools(): ChatTools;
  /** The session that is shown; empty while nothing was sent in it. */
  sessionId(): string;
  post(message: HostMessage): void;
  /** Goes to the first page that listens. */
  postWhenReady(message: HostMessage): void;
  /** Something that the person added in the panel cannot go along. */
  refuse(report: ProblemReport): void;
  /** Shows the panel with the cursor in the composer. */
  open(): Promise<void>;
}

type Handled =
  | 'addContext'
  | 'findCandidates'
  | 'addCandidate'
  | 'addUris'
  | 'addImage'
  | 'imageRefused'
  | 'removeContext'
  | 'watchBudget';

/** Everything about what goes along with the next message. */
export interface ChatContext extends vscode.Disposable {
  list: ContextList;
  handlers: PanelHandlers<Handled>;
  /** Session, model or conversation changed: what the next prompt takes is another. */
  stale(): void;
  // What a command adds leaves the focus where it is; what cannot go along is a notification.
  /** What is selected in the editor; null if nothing is, or it cannot go along. */
  selection(): Promise<ContextItem | null>;
  addSelection(): Promise<void>;
  addFiles(uris: readonly vscode.Uri[]): Promise<void>;
  addTerminalSelection(): Promise<void>;
  /** What went along with a message is there again as chips. */
  putBack(context: readonly SessionContext[]): void;
  /** Asks with a quick pick what to add. */
  addContext(): Promise<void>;
}

export function createChatContext(deps: Deps): ChatContext {
  const { sidecar, tools, sessionId, post, postWhenReady, refuse, open } = deps;
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
  let searching: ContextSearch | undefined;
  function search(): ContextSearch {
    searching ??= tools().createContextSearch({ terminals, editor: list.lastEditor, count: budget.count });
    return searching;
  }
  const changes = list.onChange(() => {
    postChips();
    budget.stale();
  });

  type Refuse = (report: ProblemReport) => void;
  const notify: Refuse = (report) => void showProblem(report);

  function take(made: Made | undefined, said: Refuse): void {
    if (!made) return;
    if (!('chip' in made)) said(made);
    else if (made.chip.kind === 'file' && made.context.kind === 'file' && imageName.test(made.context.uri)) {
      void addImageFile(vscode.Uri.parse(made.context.uri), said);
    } else list.add(made);
  }

  /** The panel reads it: only there an image can be made as small as the model reads it. */
  async function addImageFile(uri: vscode.Uri, said: Refuse): Promise<void> {
    const read = await tools().readImageFile(uri);
    if ('type' in read) postWhenReady(read);
    else said(read);
  }

  async function addFiles(uris: readonly vscode.Uri[], said: Refuse): Promise<void> {
    for (const uri of uris) {
      const refused = await tools().refusalOf(uri);
      if (refused) {
        said(refused);
        continue;
      }
      const found = await vscode.workspace.fs.stat(uri).then(
        ({ type }) => type,
        () => null,
      );
      if (found === null) said(problem('fileMissing', { file: nameOf(uri) }));
      else if (found & vscode.FileType.Directory) list.add(folderItem(uri));
      else take(fileItem(uri, 'file'), said);
    }
  }

  async function selection(): Promise<ContextItem | null> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || editor.selection.isEmpty) return null;
    const item = selectionOf(editor);
    const refused = item.context.kind === 'text' ? undefined : await tools().refusalOf(editor.document.uri);
    if (!refused) return item;
    notify(refused);
    return null;
  }

  async function addContext(): Promise<void> {
    const id = await tools().pickCandidate(search(), budget.free());
    if (id !== undefined) take(await search().take(id), refuse);
    await open();
  }

  return {
    list,
    handlers: {
      addContext,
      findCandidates: ({ query }) =>
        search().find(query, (candidates) => post({ type: 'candidates', query, candidates })),
      addCandidate: async ({ id }) => take(await search().take(id), refuse),
      addUris: ({ uris }) => addFiles(uris.flatMap(fileUri), refuse),
      addImage: (image) => list.add(tools().imageItem(image)),
      imageRefused: ({ name, reason }) => refuse(tools().imageProblem(name, reason)),
      removeContext: ({ id }) => list.remove(id),
      watchBudget: ({ draft }) => budget.watch(draft),
    },
    stale: budget.stale,
    selection,
    async addSelection() {
      const item = await selection();
      if (item) list.add(item);
    },
    addFiles: (uris) => addFiles(uris, notify),
    putBack(context) {
      for (const item of context) {
        if (item.kind === 'image') postWhenReady(tools().readImage(item));
        else list.add(itemOf(item));
      }
    },
    addTerminalSelection: async () => take(await terminals.selectionItem(), notify),
    addContext,
    dispose() {
      for (const part of [changes, searching, budget, terminals, list]) part?.dispose();
    },
  };
}

/** What was dropped is text of another program: a path, a uri, or neither. */
function fileUri(dropped: string): vscode.Uri[] {
  try {
    const uri = /^[a-z][a-z\d+.-]+:/i.test(dropped) ? vscode.Uri.parse(dropped, true) : vscode.Uri.file(dropped);
    // The window of a remote workspace names its files so; here, where they are, they are plain files.
    return [uri.scheme === 'vscode-remote' && vscode.env.remoteName ? vscode.Uri.file(uri.path) : uri];
  } catch {
    return [];
  }
}
