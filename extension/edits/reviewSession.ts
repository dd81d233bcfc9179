import type * as vscode from 'vscode';
import type { ChangeSet, FileOutcome, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import type { ConflictFiles } from './resolveConflicts.ts';
import { createReviewCursor, type Place } from './reviewCursor.ts';
import { createReviewSides, type SideDeps, type Sided } from './reviewSides.ts';
import { accept, changeCount, hunkOnRight, linesKept, openCount, outcomeOf, type ReviewFile } from './reviewState.ts';
import { createReviewTabs } from './reviewTabs.ts';

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

interface Deps extends SideDeps {
  /** Its tab is one that no other file replaces. */
  pinned: boolean;
}

/** `decided`: what was decided on a file in an earlier review of the same proposal. */
export function createReviewSession(
  changeSet: ChangeSet,
  deps: Deps,
  decided: ReadonlyMap<string, ReviewFile> = new Map(),
): ReviewSession {
  const texts = createReviewSides(changeSet, deps, (side) => tabs.hasOpen(side), decided);
  const { sides, showMarks, settle } = texts;
  const tabs = createReviewTabs(changeSet.title, sides, deps.pinned);
  const cursor = createReviewCursor(texts, tabs, (uri) => self.open({ uri }));
  const first = sides[0];

  const allDecided = () => sides.every((side) => openCount(side.file) === 0);

  /** To the next open change. Answers whether none is open. */
  async function goOn(side: Sided, line: number): Promise<boolean> {
    showMarks();
    deps.onChange();
    if (allDecided()) return true;
    await cursor.goToNext(side, line);
    return false;
  }

  /** The two files of a rename, which are decided together; else the one. */
  function together(side: Sided): Sided[] {
    const { uri, renamed } = side.file.change;
    const other = sides.find(({ file: { change } }) => change.uri === renamed?.from || change.renamed?.from === uri);
    return other ? [side, other] : [side];
  }

  async function decideWhole(side: Sided, accepted: boolean): Promise<void> {
    const both = together(side);
    for (const each of both) {
      // What was rejected with the other one comes back with it.
      if (accepted && both.length > 1 && each.file.dropped) await texts.resetWhole(each);
      if (accepted) {
        each.file = accept(each.file);
        continue;
      }
      await settle(each);
      await texts.writeBack(each, each.file.hunks);
      each.file = { ...each.file, dropped: true };
    }
  }

  const self: ReviewSession = {
    changeSet,
    count: () => sides.reduce((sum, side) => sum + changeCount(side.file), 0),
    files: () => sides.map(({ file }) => file),
    async open({ uri, preserveFocus = false } = {}) {
      const side = tabs.single ? first : sides.find(({ file }) => file.change.uri === uri);
      await tabs.open({ side, preserveFocus });
      showMarks();
      if (side) await cursor.moveTo(side, side.file.hunks.find((hunk) => hunk.state === 'open') ?? side.file.hunks[0]);
    },
    async close() {
      for (const side of sides) await texts.saveNow(side);
      await tabs.close();
    },
    async acceptChange(place) {
      const at = await cursor.target(place);
      if (!at?.hunk) return allDecided();
      if (together(at.side).length > 1) await decideWhole(at.side, true);
      else at.side.file = accept(at.side.file, at.hunk.id);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async rejectChange(place) {
      const at = await cursor.target(place);
      if (!at?.hunk) return allDecided();
      if (together(at.side).length > 1) await decideWhole(at.side, false);
      else await texts.writeBack(at.side, [at.hunk]);
      return goOn(at.side, at.hunk.proposedStart);
    },
    async acceptFile() {
      const at = await cursor.target(undefined);
      if (!at) return allDecided();
      await decideWhole(at.side, true);
      return goOn(at.side, 0);
    },
    async rejectFile() {
      const at = await cursor.target(undefined);
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
      if (together(side).length > 1) {
        if (decision === 'reset') for (const each of together(side)) await texts.resetWhole(each);
        else await decideWhole(side, decision === 'accept');
      } else if (decision === 'reset') await texts.reset(side, hunkId);
      else if (decision === 'reject' && hunk.state !== 'rejected') await texts.writeBack(side, [hunk]);
      else if (decision === 'accept') {
        if (hunk.state === 'rejected') await texts.reset(side, hunkId);
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
      for (const side of sides) await texts.follow(side, settled?.get(side.file.change.uri) ?? []);
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
      const meant = sides.filter(({ file }) => uri === undefined || file.change.uri === uri);
      for (const side of new Set(meant.flatMap(together))) await texts.resetWhole(side);
      showMarks();
      deps.onChange();
    },
    hunksIn: (uri) => texts.of(uri)?.file.hunks ?? [],
    owns: (uri) => texts.of(uri) !== undefined,
    isOpenIn: tabs.isOne,
    async release() {
      texts.end();
      for (const side of sides) await texts.saveNow(side);
    },
    dispose() {
      texts.end();
      for (const side of sides) deps.documents.remove(side.uris);
    },
  };
  return self;
}
