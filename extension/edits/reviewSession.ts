import * as vscode from 'vscode';
import type { ChangeSet, FileOutcome, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import type { FileText } from '../../sidecar/protocol/text.ts';
import { followSource, type Rebase } from './followSource.ts';
import { lineReplacement } from './lineReplacement.ts';
import type { ConflictFiles } from './resolveConflicts.ts';
import type { ReviewDocuments, ReviewUris } from './reviewDocuments.ts';
import {
  accept,
  asProposed,
  changeCount,
  hunkAt,
  hunkOnRight,
  isTyped,
  linesKept,
  openCount,
  outcomeOf,
  proposalAt,
  type ReviewFile,
  reopen,
  reviewFile,
  withBase,
  withProposal,
  withText,
} from './reviewState.ts';
import { createReviewTabs, nameOf } from './reviewTabs.ts';

/** A change set under review: its documents, its tabs and what is decided so far. */
export interface ReviewSession {
  readonly changeSet: ChangeSet;
  /** Hunks that are still to be written. */
  count(): number;
  files(): readonly ReviewFile[];
  /** Shows all files, or the one. */
  open(options?: { uri?: string | undefined; preserveFocus?: boolean }): Promise<void>;
  /** Closes its tabs; the documents stay, so that it can be opened again. */
  close(): Promise<void>;
  /** Marks the change at the cursor (or the next one) and goes on. Answers whether all are decided now. */
  acceptChange(at?: Place): Promise<boolean>;
  rejectChange(at?: Place): Promise<boolean>;
  acceptFile(): Promise<boolean>;
  rejectFile(): Promise<boolean>;
  /** The same by names, wherever the cursor is; `reset` makes a change open again, as it was proposed. */
  decideHunk(uri: string, hunkId: string, decision: HunkDecision): Promise<boolean>;
  decideFile(uri: string, accept: boolean): Promise<boolean>;
  /** Takes what the person edited in the files since; `settled` are answers to its conflicts by file. */
  follow(settled?: ReadonlyMap<string, Resolution[]>): Promise<void>;
  /** Files in which the person's edits touch the proposal's, as they were when `follow` last looked. */
  conflicts(): ConflictFiles;
  /** Lines (zero-based) of each file that will stand as the person wrote them meanwhile. */
  keptLines(): Promise<{ uri: string; lines: number[] }[]>;
  /** What Accept All would write: what is on the right at this moment. */
  outcomes(): Promise<FileOutcome[]>;
  /** The proposal as it was, all open: of one file, or of all. */
  reset(uri?: string): Promise<void>;
  /** The right side of the first file as it stands, with its changes. */
  state(): Promise<{ text: string; hunks: Hunk[] }>;
  /** Changes of one side's document. */
  hunksIn(uri: vscode.Uri): readonly Hunk[];
  owns(uri: vscode.Uri): boolean;
  isOpenIn(tab: vscode.Tab): boolean;
  /** Ends the session and leaves its documents, saved, for one that goes on with them. */
  release(): Promise<void>;
  dispose(): void;
}

export type HunkDecision = 'accept' | 'reject' | 'reset';

/** A line of one side, zero-based. */
export interface Place {
  uri: vscode.Uri;
  line: number;
}

interface Deps {
  documents: ReviewDocuments;
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  rebase: Rebase;
  marks: { show(review: vscode.Uri, hunks: readonly Hunk[]): void };
  /** The state changed: counts, context keys. */
  onChange(): void;
  /** Its tab is one that no other file replaces. */
  pinned: boolean;
  log: vscode.LogOutputChannel;
}

interface Sided {
  file: ReviewFile;
  uris: ReviewUris;
  /** The file as it was when a conflict was found. */
  met?: FileText;
  /** The right side before and after the person's edits were merged into it: Undo does not take them out of it again. */
  merged?: { from: string; to: string };
}

const recomputeMs = 150;
const saveMs = 300;

/** `decided`: what was decided on a file in an earlier review of the same proposal. */
export function createReviewSession(
  changeSet: ChangeSet,
  deps: Deps,
  decided: ReadonlyMap<string, ReviewFile> = new Map(),
): ReviewSession {
  const { documents, log } = deps;
  const sides: Sided[] = changeSet.files.map((proposed) => {
    const file = decided.get(proposed.uri) ?? reviewFile(proposed);
    const path = vscode.Uri.parse(proposed.uri).path;
    return { file, uris: documents.add(changeSet.id, path, file.change.base.text, file.text) };
  });
  const timers = new Map<string, { recompute?: NodeJS.Timeout; save?: NodeJS.Timeout }>();
  const tabs = createReviewTabs(changeSet.title, sides, deps.pinned);
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
  async function target(place: Place | undefined): Promise<{ side: Sided; hunk: Hunk | undefined } | null> {
    const editor = vscode.window.activeTextEditor;
    const uri = place?.uri ?? editor?.document.uri;
    const own = sideOf(uri);
    const side = own ?? sides.find(({ file }) => openCount(file) > 0) ?? first;
    if (!side) return null;
    await settle(side);
    const onBase = uri?.toString() === side.uris.base.toString();
    const line = own ? (place?.line ?? editor?.selection.active.line ?? -1) : -1;
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

  function end(): void {
    for (const timer of timers.values()) {
      clearTimeout(timer.recompute);
      clearTimeout(timer.save);
    }
    subscriptions.dispose();
  }

  const nextOpenFile = () => sides.find(({ file }) => openCount(file) > 0)?.file.change.uri;

  const allDecided = () => sides.every((side) => openCount(side.file) === 0);

  /** To the next open change: below in this file, else its first, else in the next file. Answers whether none is open. */
  async function goOn(side: Sided, line: number): Promise<boolean> {
    showMarks();
    deps.onChange();
    if (allDecided()) return true;
    const open = side.file.hunks.filter((hunk) => hunk.state === 'open');
    const next = open.find((hunk) => hunk.proposedStart >= line) ?? open[0];
    if (next) moveTo(side, next);
    else if (tabs.showsOne(side)) await self.open({ uri: nextOpenFile() });
    else await vscode.commands.executeCommand('multiDiffEditor.goToNextChange');
    return false;
  }

  /** Writes the base's lines back on the right; Ctrl+Z there brings the proposal back. */
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

  async function decideWhole(side: Sided, accepted: boolean): Promise<void> {
    if (accepted) {
      side.file = accept(side.file);
      return;
    }
    await writeBack(side, side.file.hunks);
    side.file = { ...side.file, dropped: true };
  }

  /** Back to the proposal at one place, open. */
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

  /**
   * Puts a text on the right by the lines that differ, so that cursor and scroll position stay. False: the person typed there
   * meanwhile, and nothing was done.
   */
  async function replaceRight(side: Sided, text: string): Promise<boolean> {
    const document = await documentOf(side);
    const before = document.getText();
    const lines = text.split(/\r\n|\n|\r/);
    if (!tabs.hasOpen(side) && !document.isDirty) {
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
      showMarks();
    }
  }

  const self: ReviewSession = {
    changeSet,
    count: () => sides.reduce((sum, side) => sum + changeCount(side.file), 0),
    files: () => sides.map(({ file }) => file),
    async open({ uri, preserveFocus = false } = {}) {
      const side = tabs.single ? first : sides.find(({ file }) => file.change.uri === uri);
      await tabs.open({ side, preserveFocus });
      if (side) moveTo(side, side.file.hunks.find((hunk) => hunk.state === 'open') ?? side.file.hunks[0]);
      showMarks();
    },
    async close() {
      for (const side of sides) await saveNow(side);
      await tabs.close();
    },
    async acceptChange(place) {
      const at = await target(place);
      if (!at?.hunk) return allDecided();
      at.side.file = accept(at.side.file, at.hunk.id);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async rejectChange(place) {
      const at = await target(place);
      if (!at?.hunk) return allDecided();
      await writeBack(at.side, [at.hunk]);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async acceptFile() {
      const at = await target(undefined);
      if (!at) return allDecided();
      await decideWhole(at.side, true);
      return goOn(at.side, 0);
    },
    async rejectFile() {
      const at = await target(undefined);
      if (!at) return allDecided();
      await decideWhole(at.side, false);
      return goOn(at.side, 0);
    },
    async decideHunk(uri, hunkId, decision) {
      const side = sides.find(({ file }) => file.change.uri === uri);
      if (!side) return allDecided();
      await settle(side);
      const hunk = hunkOnRight(side.file, hunkId);
      if (!hunk) return allDecided();
      if (decision === 'reset') await reset(side, hunkId);
      else if (decision === 'reject' && hunk.state !== 'rejected') await writeBack(side, [hunk]);
      else if (decision === 'accept') {
        if (hunk.state === 'rejected') await reset(side, hunkId);
        side.file = accept(side.file, hunkId);
      }
      showMarks();
      deps.onChange();
      return decision !== 'reset' && allDecided();
    },
    async decideFile(uri, accepted) {
      const side = sides.find(({ file }) => file.change.uri === uri);
      if (!side) return allDecided();
      await settle(side);
      await decideWhole(side, accepted);
      showMarks();
      deps.onChange();
      return allDecided();
    },
    async follow(settled) {
      for (const side of sides) await followSide(side, settled?.get(side.file.change.uri) ?? []);
      deps.onChange();
    },
    conflicts: () =>
      sides.flatMap(({ file: { change, conflicts }, met }) =>
        met && conflicts.length > 0 ? [{ uri: change.uri, current: met, conflicts: [...conflicts] }] : [],
      ),
    async keptLines() {
      const kept: { uri: string; lines: number[] }[] = [];
      for (const { file } of sides) {
        const { proposed, change } = file;
        if (proposed.base.text === change.base.text || change.operation !== 'edit') continue;
        const edits = await deps.hunks(proposed.base.text, change.base.text);
        kept.push({ uri: change.uri, lines: linesKept(file, edits) });
      }
      return kept;
    },
    async outcomes() {
      for (const side of sides) await settle(side);
      return sides.map((side) => outcomeOf(side.file)).filter((outcome) => outcome !== null);
    },
    async state() {
      if (!first) return { text: '', hunks: [] };
      await settle(first);
      return { text: first.file.text, hunks: first.file.hunks };
    },
    async reset(uri) {
      for (const side of sides.filter(({ file }) => uri === undefined || file.change.uri === uri)) {
        const file = asProposed(side.file);
        if (await replaceRight(side, file.text)) side.file = file;
      }
      showMarks();
      deps.onChange();
    },
    hunksIn: (uri) => sideOf(uri)?.file.hunks ?? [],
    owns: (uri) => sideOf(uri) !== undefined,
    isOpenIn: tabs.isOne,
    async release() {
      end();
      for (const side of sides) await saveNow(side);
    },
    dispose() {
      end();
      for (const side of sides) documents.remove(side.uris);
    },
  };

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
  return self;
}
