import * as vscode from 'vscode';
import type { ChangeSet, FileOutcome, Hunk } from '../../sidecar/protocol/changes.ts';
import { lineReplacement } from './lineReplacement.ts';
import type { ReviewDocuments, ReviewUris } from './reviewDocuments.ts';
import {
  accept,
  baseLines,
  changeCount,
  hunkAt,
  openCount,
  outcomeOf,
  type ReviewFile,
  reviewFile,
  withText,
} from './reviewState.ts';
import { createReviewTabs, nameOf } from './reviewTabs.ts';

/** A change set under review: its documents, its tabs and what is decided so far. */
export interface ReviewSession {
  readonly changeSet: ChangeSet;
  /** Hunks that are still to be written. */
  count(): number;
  open(): Promise<void>;
  /** Closes its tabs; the documents stay, so that it can be opened again. */
  close(): Promise<void>;
  /** Marks the change at the cursor (or the next one) and goes on. Answers whether all are decided now. */
  acceptChange(): Promise<boolean>;
  rejectChange(): Promise<boolean>;
  acceptFile(): Promise<boolean>;
  rejectFile(): Promise<boolean>;
  /** What Accept All would write: what is on the right at this moment. */
  outcomes(): Promise<FileOutcome[]>;
  /** The proposal as it was, as after a fresh start. */
  reset(): Promise<void>;
  owns(uri: vscode.Uri): boolean;
  isOpenIn(tab: vscode.Tab): boolean;
  dispose(): void;
}

interface Deps {
  documents: ReviewDocuments;
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  marks: { show(review: vscode.Uri, hunks: readonly Hunk[]): void };
  /** The state changed: counts, context keys. */
  onChange(): void;
  log: vscode.LogOutputChannel;
}

interface Sided {
  file: ReviewFile;
  uris: ReviewUris;
}

const recomputeMs = 150;
const saveMs = 300;

export function createReviewSession(changeSet: ChangeSet, deps: Deps): ReviewSession {
  const { documents, log } = deps;
  const sides: Sided[] = changeSet.files.map((change) => ({
    file: reviewFile(change),
    uris: documents.add(changeSet.id, vscode.Uri.parse(change.uri).path, change.base.text, change.proposedText),
  }));
  const timers = new Map<string, { recompute?: NodeJS.Timeout; save?: NodeJS.Timeout }>();
  const tabs = createReviewTabs(changeSet.title, sides);
  const first = sides[0];

  const sideOf = (uri: vscode.Uri | undefined) => {
    const wanted = uri?.toString();
    return sides.find(({ uris }) => wanted === uris.review.toString() || wanted === uris.base.toString());
  };
  const documentOf = (side: Sided) => vscode.workspace.openTextDocument(side.uris.review);
  const showMarks = () => {
    for (const side of sides) deps.marks.show(side.uris.review, side.file.hunks);
  };

  async function recompute(side: Sided): Promise<void> {
    const text = (await documentOf(side)).getText();
    const hunks = await deps.hunks(side.file.change.base.text, text);
    side.file = withText(side.file, text, hunks);
    showMarks();
    deps.onChange();
  }

  function later(side: Sided, document: vscode.TextDocument): void {
    const key = document.uri.toString();
    const timer = timers.get(key) ?? {};
    clearTimeout(timer.recompute);
    clearTimeout(timer.save);
    const failed = (error: unknown) => log.error(`review ${nameOf(side.file.change.uri)}: ${String(error)}`);
    timer.recompute = setTimeout(() => recompute(side).catch(failed), recomputeMs);
    timer.save = setTimeout(() => documents.save(document).catch(failed), saveMs);
    timers.set(key, timer);
  }

  /** Makes sure that what is decided next is decided on the text as it stands. */
  async function settle(side: Sided): Promise<void> {
    clearTimeout(timers.get(side.uris.review.toString())?.recompute);
    const document = await documentOf(side);
    while (document.getText() !== side.file.text) await recompute(side);
  }

  /** A tab with unsaved text would ask when it is closed. */
  async function saveNow({ uris: { review } }: Sided): Promise<void> {
    clearTimeout(timers.get(review.toString())?.save);
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === review.toString());
    if (open?.isDirty) await documents.save(open);
  }

  /** The file and the hunk that a command is about: at the cursor, else the next one. */
  async function target(): Promise<{ side: Sided; hunk: Hunk | undefined } | null> {
    const editor = vscode.window.activeTextEditor;
    const own = sideOf(editor?.document.uri);
    const side = own ?? sides.find(({ file }) => openCount(file) > 0) ?? first;
    if (!side) return null;
    await settle(side);
    const onBase = editor?.document.uri.toString() === side.uris.base.toString();
    const line = editor && own ? editor.selection.active.line : -1;
    const hunk = hunkAt(side.file, line, onBase ? 'base' : 'review');
    moveTo(side, hunk);
    return { side, hunk };
  }

  /** Puts the cursor on a change of the right side, if that is in front. */
  function moveTo(side: Sided, hunk: Hunk | undefined): void {
    const review = side.uris.review.toString();
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === review);
    if (!editor || !hunk) return;
    const at = new vscode.Position(hunk.proposedStart, 0);
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  const decided = () => sides.every((side) => openCount(side.file) === 0);

  /** To the next open change: below in this file, else its first, else in the next file. Answers whether none is open. */
  async function goOn(side: Sided, line: number): Promise<boolean> {
    showMarks();
    deps.onChange();
    if (decided()) return true;
    const open = side.file.hunks.filter((hunk) => hunk.state === 'open');
    const next = open.find((hunk) => hunk.proposedStart >= line) ?? open[0];
    if (next) moveTo(side, next);
    else await vscode.commands.executeCommand('multiDiffEditor.goToNextChange');
    return false;
  }

  /** Writes the base's lines back on the right; Ctrl+Z there brings the proposal back. */
  async function writeBack(side: Sided, hunks: readonly Hunk[]): Promise<void> {
    const document = await documentOf(side);
    const edit = new vscode.WorkspaceEdit();
    for (const hunk of hunks) {
      const { proposedStart, proposedCount } = hunk;
      edit.replace(
        document.uri,
        ...lineReplacement(document, proposedStart, proposedCount, baseLines(side.file, hunk)),
      );
    }
    await vscode.workspace.applyEdit(edit);
    await recompute(side);
  }

  const self: ReviewSession = {
    changeSet,
    count: () => sides.reduce((sum, side) => sum + changeCount(side.file), 0),
    async open() {
      await tabs.open();
      if (tabs.single && first) moveTo(first, first.file.hunks[0]);
      showMarks();
    },
    async close() {
      for (const side of sides) await saveNow(side);
      await tabs.close();
    },
    async acceptChange() {
      const at = await target();
      if (!at?.hunk) return decided();
      at.side.file = accept(at.side.file, at.hunk.id);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async rejectChange() {
      const at = await target();
      if (!at?.hunk) return decided();
      await writeBack(at.side, [at.hunk]);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async acceptFile() {
      const at = await target();
      if (!at) return decided();
      at.side.file = accept(at.side.file);
      return goOn(at.side, 0);
    },
    async rejectFile() {
      const at = await target();
      if (!at) return decided();
      await writeBack(at.side, at.side.file.hunks);
      at.side.file = { ...at.side.file, dropped: true };
      return goOn(at.side, 0);
    },
    async outcomes() {
      for (const side of sides) await settle(side);
      return sides.map((side) => outcomeOf(side.file)).filter((outcome) => outcome !== null);
    },
    async reset() {
      for (const side of sides) {
        const document = await documentOf(side);
        const edit = new vscode.WorkspaceEdit();
        edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), side.file.change.proposedText);
        await vscode.workspace.applyEdit(edit);
        side.file = reviewFile(side.file.change);
      }
      deps.onChange();
    },
    owns: (uri) => sideOf(uri) !== undefined,
    isOpenIn: tabs.isOne,
    dispose() {
      for (const timer of timers.values()) {
        clearTimeout(timer.recompute);
        clearTimeout(timer.save);
      }
      subscriptions.dispose();
      for (const side of sides) documents.remove(side.uris);
    },
  };

  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0) return;
      const side = sides.find(({ uris }) => uris.review.toString() === document.uri.toString());
      if (side) later(side, document);
    }),
    vscode.window.onDidChangeVisibleTextEditors(showMarks),
  );
  return self;
}
