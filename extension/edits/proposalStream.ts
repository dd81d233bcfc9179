import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { firstDifference } from './inlineLines.ts';
import type { ReviewDocuments } from './reviewDocuments.ts';
import { allTabs, nameOf } from './reviewTabs.ts';

/** A tab that moves is for so long in no group. */
export const movedMs = 200;

/** Where a proposal is shown: in the group of its file, with the same line at the top. */
export interface Place {
  viewColumn: vscode.ViewColumn;
  topLine: number;
}

/**
 * A proposal that is still being written, as the review will show it: left the base, right what there is so far, which
 * nobody can type in yet. When it is whole a review of the same id takes its documents and its tab over.
 */
export interface ProposalStream {
  readonly review: vscode.Uri;
  /** Shows more of the proposal. Calls that come while one is under way leave out what is out of date. */
  write(text: string): Promise<void>;
  /** Shows all of it; from here on a person may type. */
  finish(text: string): Promise<void>;
  /** From `finish` on: resolves when its documents are a review's. What is decided meanwhile is decided then. */
  handedOver(): Promise<void> | undefined;
  /** Opens its tab; the view does not follow what is written. */
  open(place: Place): Promise<void>;
  isOpen(): boolean;
  owns(tab: vscode.Tab): boolean;
  /** Closes its tab and forgets its documents. */
  close(): Promise<void>;
  /** The person closed its tab while it was written. */
  readonly onClosed: vscode.Event<void>;
  /** Ends its part; the documents are the review's now. */
  release(): void;
}

export interface StreamSource {
  /** Id of the change set to come. */
  id: string;
  /** Of the file. */
  uri: vscode.Uri;
  base: string;
  /** On the right so far; the base for a first round. */
  text: string;
}

/** `onEnd`: it was closed or released. */
export function createProposalStream(
  source: StreamSource,
  documents: ReviewDocuments,
  onEnd: () => void,
): ProposalStream {
  const uris = documents.add(source.id, source.uri.path, source.base, source.text);
  const closed = new vscode.EventEmitter<void>();
  let latest = source.text;
  let writing: Promise<void> | undefined;
  let tellReleased = () => {};
  const released = new Promise<void>((resolve) => {
    tellReleased = resolve;
  });
  let finishing = false;

  const owns = (tab: vscode.Tab) =>
    tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.toString() === uris.review.toString();
  const tabs = () => allTabs().filter(owns);

  async function writeLatest(): Promise<void> {
    for (let written: string | undefined; written !== latest; ) {
      written = latest;
      await documents.write(uris, written, 'written');
    }
    writing = undefined;
  }

  const subscription = vscode.window.tabGroups.onDidChangeTabs((event) => {
    // A tab that moves to another group is closed in one and opened in the other.
    if (event.closed.some(owns)) setTimeout(() => tabs().length === 0 && closed.fire(), movedMs);
  });
  function release(): void {
    subscription.dispose();
    closed.dispose();
    onEnd();
    tellReleased();
  }

  return {
    review: uris.review,
    onClosed: closed.event,
    release,
    owns,
    isOpen: () => tabs().length > 0,
    write(text) {
      latest = text;
      writing ??= writeLatest();
      return writing;
    },
    handedOver: () => (finishing ? released : undefined),
    async finish(text) {
      finishing = true;
      latest = text;
      await writing;
      await documents.write(uris, text, 'whole');
    },
    async open({ viewColumn, topLine }) {
      const line = firstDifference(source.base, latest);
      const options: vscode.TextDocumentShowOptions = {
        viewColumn,
        // Its closing decides, so another file must not take its place by itself.
        preview: false,
        selection: new vscode.Range(line, 0, line, 0),
      };
      const title = t('{title} (Devstral)', { title: nameOf(source.uri.toString()) });
      await vscode.commands.executeCommand('vscode.diff', uris.base, uris.review, title, options);
      await scrollTo(uris.review, topLine);
    },
    async close() {
      release();
      const open = tabs();
      if (open.length > 0) await vscode.window.tabGroups.close(open, false);
      documents.remove(uris);
    },
  };
}

/** Puts a line at the top. VS Code tells of an editor, and shows its selection, a moment after it is open. */
async function scrollTo(uri: vscode.Uri, topLine: number): Promise<void> {
  const line = topLine + linesKeptAbove();
  for (let tries = 0, reveals = 0; tries < 40 && reveals < 6; tries++) {
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
    const top = editor?.visibleRanges[0]?.start.line;
    if (top === topLine) return;
    if (editor && top !== undefined) {
      editor.revealRange(new vscode.Range(line, 0, line, 0), vscode.TextEditorRevealType.AtTop);
      reveals++;
    }
    await new Promise((resolve) => setTimeout(resolve, 75));
  }
}

/** Lines that VS Code leaves above one that is revealed at the top: `viewLines.ts`, `_computeScrollTopToRevealRange`. */
function linesKeptAbove(): number {
  const editor = vscode.workspace.getConfiguration('editor');
  const sticky = editor.get('stickyScroll.enabled', true) ? editor.get('stickyScroll.maxLineCount', 5) : 0;
  return Math.max(editor.get('cursorSurroundingLines', 0), sticky);
}
