import type { FileChange, FileOutcome, Hunk } from '../../sidecar/protocol/changes.ts';

/** One file under review. Pure state: what is open, accepted, rejected follows from the right side's text. */
export interface ReviewFile {
  change: FileChange;
  /** The right side as it stands. */
  text: string;
  /** Hunks between the base and `text`. */
  hunks: Hunk[];
  /** The file shall not be made or deleted at all; for one without lines there is no hunk that could say so. */
  dropped: boolean;
}

/** A file as it was proposed. */
export function reviewFile(change: FileChange): ReviewFile {
  return { change, text: change.proposedText, hunks: change.hunks, dropped: false };
}

const linesOf = (text: string) => text.split(/\r\n|\n|\r/);

const linesOfHunk = (text: string, hunk: Hunk) =>
  linesOf(text)
    .slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount)
    .join('\n');

/** Whether a hunk on the right is not as it was proposed. */
function isTyped(file: ReviewFile, hunk: Hunk): boolean {
  const proposed = file.change.hunks.find((other) => other.id === hunk.id);
  return !proposed || linesOfHunk(file.change.proposedText, proposed) !== linesOfHunk(file.text, hunk);
}

/** Takes a new text of the right side. A hunk keeps its state by its id; one that was typed in counts as accepted. */
export function withText(file: ReviewFile, text: string, hunks: readonly Hunk[]): ReviewFile {
  const states = new Map(file.hunks.map((hunk) => [hunk.id, hunk.state]));
  const next = { ...file, text, hunks: [...hunks] };
  const stateOf = (hunk: Hunk) => (isTyped(next, hunk) ? 'accepted' : (states.get(hunk.id) ?? 'open'));
  return { ...next, hunks: hunks.map((hunk) => ({ ...hunk, state: stateOf(hunk) })) };
}

/** Marks hunks as accepted; all of them, and the file itself, without `id`. */
export function accept(file: ReviewFile, id?: string): ReviewFile {
  const state = 'accepted' as const;
  const hunks = file.hunks.map((hunk) => (id === undefined || hunk.id === id ? { ...hunk, state } : hunk));
  return { ...file, hunks, dropped: id === undefined ? false : file.dropped };
}

/** The base's lines of a hunk, to be written back on the right. */
export function baseLines(file: ReviewFile, hunk: Hunk): string[] {
  return linesOf(file.change.base.text).slice(hunk.baseStart, hunk.baseStart + hunk.baseCount);
}

/** Whether two hunks are about the same place in the base. */
function meet(a: Hunk, b: Hunk): boolean {
  if (a.baseCount === 0 || b.baseCount === 0) {
    return a.baseStart <= b.baseStart + b.baseCount && b.baseStart <= a.baseStart + a.baseCount;
  }
  return a.baseStart < b.baseStart + b.baseCount && b.baseStart < a.baseStart + a.baseCount;
}

/** Proposed hunks of which nothing is left on the right. */
export function rejectedCount(file: ReviewFile): number {
  return file.change.hunks.filter((proposed) => !file.hunks.some((hunk) => meet(hunk, proposed))).length;
}

export const openCount = (file: ReviewFile): number => file.hunks.filter((hunk) => hunk.state === 'open').length;

/** Changes that would be written: hunks, and a file without lines that is made or deleted counts as one. */
export const changeCount = (file: ReviewFile): number => (outcomeOf(file) ? Math.max(1, file.hunks.length) : 0);

/** The hunk at a line of one side (-1: none), else the next open one below, else the first open one. */
export function hunkAt(file: ReviewFile, line: number, side: 'base' | 'review'): Hunk | undefined {
  const start = (hunk: Hunk) => (side === 'base' ? hunk.baseStart : hunk.proposedStart);
  const count = (hunk: Hunk) => Math.max(1, side === 'base' ? hunk.baseCount : hunk.proposedCount);
  const inside = file.hunks.find((hunk) => line >= start(hunk) && line < start(hunk) + count(hunk));
  if (inside) return inside;
  const open = file.hunks.filter((hunk) => hunk.state === 'open');
  return open.find((hunk) => start(hunk) > line) ?? open[0] ?? file.hunks[0];
}

/** What the person decided: open counts as accepted. A file with nothing left to write is left out. */
export function outcomeOf(file: ReviewFile): FileOutcome | null {
  const { change, text, hunks } = file;
  // A new file whose lines were all rejected is not made, but one that was proposed empty is.
  if (hunks.length === 0 && (file.dropped || change.operation === 'edit' || change.hunks.length > 0)) return null;
  return {
    uri: change.uri,
    operation: change.operation,
    base: change.base,
    finalText: text,
    accepted: hunks.length,
    rejected: rejectedCount(file),
    changedByPerson: hunks.some((hunk) => isTyped(file, hunk)),
  };
}
