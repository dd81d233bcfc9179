import * as vscode from 'vscode';
import type { ChangeSet, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import type { FileText } from '../../sidecar/protocol/text.ts';
import { followSource, type Rebase } from './followSource.ts';
import { lineReplacement } from './lineReplacement.ts';
import type { ReviewDocuments, ReviewUris } from './reviewDocuments.ts';
import type { ReviewMarks } from './reviewMarks.ts';
import {
  asProposed,
  hunkOnRight,
  isTyped,
  proposalAt,
  type ReviewFile,
  reopen,
  reviewFile,
  withBase,
  withProposal,
  withText,
} from './reviewState.ts';
import { nameOf } from './reviewTabs.ts';

export interface SideDeps {
  documents: ReviewDocuments;
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  rebase: Rebase;
  marks: Pick<ReviewMarks, 'show'>;
  /** The state changed: counts, context keys. */
  onChange(): void;
  log: vscode.LogOutputChannel;
}

/** One file under review, with its two documents. */
export interface Sided {
  file: ReviewFile;
  uris: ReviewUris;
  /** The file as it was when a conflict was found. */
  met?: FileText;
  /** The right side before and after the person's edits were merged into it: Undo does not take them out of it again. */
  merged?: { from: string; to: string };
}

/** The files of a change set under review as texts: what stands on the right and the state that was computed from it. */
export interface ReviewSides {
  readonly sides: readonly Sided[];
  /** The file of which this is a side. */
  of(uri: vscode.Uri | undefined): Sided | undefined;
  showMarks(): void;
  /** Makes sure that what is decided next is decided on the text as it stands. */
  settle(side: Sided): Promise<void>;
  /** A tab with unsaved text would ask when it is closed. */
  saveNow(side: Sided): Promise<void>;
  /** Writes the base's lines back on the right; Ctrl+Z there brings the proposal back. */
  writeBack(side: Sided, hunks: readonly Hunk[]): Promise<void>;
  /** Back to the proposal at one place, open. */
  reset(side: Sided, id: string): Promise<void>;
  /** Back to the whole proposal, all open. */
  resetWhole(side: Sided): Promise<void>;
  /** Takes what the person edited in the file since; `resolutions` answer its conflicts. */
  follow(side: Sided, resolutions: readonly Resolution[]): Promise<void>;
  /** Nothing is looked at or saved any more; the documents stay. */
  end(): void;
}

const recomputeMs = 150;
const saveMs = 300;

/** `isShown`: whether a tab has a file's right side. `decided`: what was decided on a file in an earlier review. */
export function createReviewSides(
  changeSet: ChangeSet,
  deps: SideDeps,
  isShown: (side: Sided) => boolean,
  decided: ReadonlyMap<string, ReviewFile>,
): ReviewSides {
  const { documents, log } = deps;
  const sides: Sided[] = changeSet.files.map((proposed) => {
    const file = decided.get(proposed.uri) ?? reviewFile(proposed);
    const path = vscode.Uri.parse(proposed.uri).path;
    return { file, uris: documents.add(changeSet.id, path, file.change.base.text, file.text) };
  });
  const timers = new Map<string, { recompute?: NodeJS.Timeout; save?: NodeJS.Timeout }>();
  const sideOf = (uri: vscode.Uri | undefined) => {
    const wanted = uri?.toString();
    return sides.find(({ uris }) => wanted === uris.review.toString() || wanted === uris.base.toString());
  };
  const documentOf = (side: Sided) => vscode.workspace.openTextDocument(side.uris.review);
  const showMarks = () => {
    for (const side of sides) deps.marks.show(side.uris.review, side.file);
  };

  async function recompute(side: Sided): Promise<void> {
    const document = await documentOf(side);
    const text = document.getText();
    const { base } = side.file.change;
    const hunks = await deps.hunks(base.text, text);
    // The text is another one by now, and looked at as well.
    if (document.getText() !== text || side.file.change.base !== base) return;
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
    timer.save = setTimeout(() => documents.saves.save(document).catch(failed), saveMs);
    timers.set(key, timer);
  }

  async function settle(side: Sided): Promise<void> {
    clearTimeout(timers.get(side.uris.review.toString())?.recompute);
    const document = await documentOf(side);
    while (document.getText() !== side.file.text) await recompute(side);
  }

  async function saveNow({ uris: { review } }: Sided): Promise<void> {
    clearTimeout(timers.get(review.toString())?.save);
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === review.toString());
    if (open?.isDirty) await documents.saves.save(open);
  }

  async function writeBack(side: Sided, hunks: readonly Hunk[]): Promise<void> {
    const ids = hunks.map(({ id }) => id);
    let written = false;
    while (!written) {
      await settle(side);
      const rejected = side.file.hunks.filter(({ id }) => ids.includes(id));
      written = await replaceRight(side, withBase(side.file, rejected));
    }
    await settle(side);
  }

  async function reset(side: Sided, id: string): Promise<void> {
    await settle(side);
    const hunk = hunkOnRight(side.file, id);
    if (!hunk) return;
    if (hunk.state !== 'rejected' && !isTyped(side.file, hunk)) {
      side.file = reopen(side.file, [id]);
      return;
    }
    const { text, ids } = proposalAt(side.file, hunk);
    const back = withProposal(side.file, text, await deps.hunks(side.file.change.base.text, text), ids);
    const file = back ?? asProposed(side.file);
    if (!(await replaceRight(side, file.text))) return reset(side, id);
    side.file = file;
  }

  async function resetWhole(side: Sided): Promise<void> {
    const file = asProposed(side.file);
    if (await replaceRight(side, file.text)) side.file = file;
  }

  /**
   * Puts a text on the right by the lines that differ, so that cursor and scroll position stay. False: the person typed there
   * meanwhile, and nothing was done.
   */
  async function replaceRight(side: Sided, text: string): Promise<boolean> {
    const document = await documentOf(side);
    await documents.saves.ended(document.uri);
    const before = document.getText();
    const lines = text.split(/\r\n|\n|\r/);
    if (!isShown(side) && !document.isDirty) {
      await documents.write(side.uris, lines.join(document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n'), 'whole');
      return true;
    }
    const hunks = await deps.hunks(before, text);
    if (document.getText() !== before) return false;
    const edit = new vscode.WorkspaceEdit();
    for (const { baseStart, baseCount, proposedStart, proposedCount } of hunks) {
      const fresh = lines.slice(proposedStart, proposedStart + proposedCount);
      edit.replace(document.uri, ...lineReplacement(document, baseStart, baseCount, fresh));
    }
    if (edit.size > 0) await vscode.workspace.applyEdit(edit);
    return true;
  }

  async function followSide(side: Sided, resolutions: readonly Resolution[]): Promise<void> {
    await settle(side);
    const was = side.file;
    const followed = await followSource(was, resolutions, deps);
    // The person typed on the right meanwhile: once more.
    if (side.file !== was || (await documentOf(side)).getText() !== was.text) return followSide(side, resolutions);
    if (followed.kind === 'conflict') {
      side.met = followed.current;
      side.file = { ...was, conflicts: followed.conflicts };
    } else if (followed.kind === 'same') {
      side.file = { ...was, conflicts: [] };
    } else {
      const { text, hunks } = followed.file;
      side.merged = { from: was.text, to: text };
      if (!(await replaceRight(side, text))) return followSide(side, resolutions);
      side.file = withText({ ...followed.file, hunks: was.hunks }, text, hunks);
      documents.setBase(side.uris, followed.file.change.base.text);
    }
    showMarks();
  }

  function end(): void {
    for (const timer of timers.values()) {
      clearTimeout(timer.recompute);
      clearTimeout(timer.save);
    }
    subscriptions.dispose();
  }

  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges, reason }) => {
      if (contentChanges.length === 0) return;
      const side = sides.find(({ uris }) => uris.review.toString() === document.uri.toString());
      if (!side) return;
      const undo = reason === vscode.TextDocumentChangeReason.Undo;
      if (undo && side.merged && document.getText() === side.merged.from) void replaceRight(side, side.merged.to);
      later(side, document);
    }),
    vscode.window.onDidChangeVisibleTextEditors(showMarks),
  );
  return { sides, of: sideOf, showMarks, settle, saveNow, writeBack, reset, resetWhole, follow: followSide, end };
}
