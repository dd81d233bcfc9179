import type { Conflict, FileChange, FileOutcome, Hunk } from '../../sidecar/protocol/changes.ts';

/** One file under review. Pure state: what is open, accepted, rejected follows from the right side's text. */
export interface ReviewFile {
  /** What came for review. */
  readonly proposed: FileChange;
  /** The same for the file as it stands now: its base moves along with what the person edits there meanwhile. */
  change: FileChange;
  /** The right side as it stands. */
  text: string;
  /** Hunks between the base and `text`. */
  hunks: Hunk[];
  /** The file shall not be made or deleted at all; for one without lines there is no hunk that could say so. */
  dropped: boolean;
  /** Where the person's edits and the proposal's meet. Nothing is written before they are resolved. */
  conflicts: readonly Conflict[];
}

/** A file as it was proposed. */
export function reviewFile(change: FileChange): ReviewFile {
  return { proposed: change, change, text: change.proposedText, hunks: change.hunks, dropped: false, conflicts: [] };
}

/** All open again, over the base as it is now. */
export const asProposed = ({ proposed, change }: ReviewFile): ReviewFile => ({ ...reviewFile(change), proposed });

const linesOf = (text: string) => text.split(/\r\n|\n|\r/);

const linesOfHunk = (text: string, hunk: Hunk) =>
  linesOf(text)
    .slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount)
    .join('\n');

/** Whether a hunk on the right is not as it was proposed. */
export function isTyped(file: ReviewFile, hunk: Hunk): boolean {
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
export function baseLines(file: Pick<ReviewFile, 'change'>, hunk: Hunk): string[] {
  return linesOf(file.change.base.text).slice(hunk.baseStart, hunk.baseStart + hunk.baseCount);
}

/** The right side with those hunks as they are in the base. */
export function withBase(file: ReviewFile, hunks: readonly Hunk[]): string {
  const lines = linesOf(file.text);
  for (const hunk of [...hunks].sort((a, b) => b.proposedStart - a.proposedStart)) {
    lines.splice(hunk.proposedStart, hunk.proposedCount, ...baseLines(file, hunk));
  }
  return lines.join('\n');
}

/** Whether two hunks are about the same place in the base. */
function meet(a: Hunk, b: Hunk): boolean {
  if (a.baseCount === 0 || b.baseCount === 0) {
    return a.baseStart <= b.baseStart + b.baseCount && b.baseStart <= a.baseStart + a.baseCount;
  }
  return a.baseStart < b.baseStart + b.baseCount && b.baseStart < a.baseStart + a.baseCount;
}

/** Proposed hunks of which nothing is left on the right. */
export function rejectedHunks(file: ReviewFile): Hunk[] {
  return file.change.hunks.filter((proposed) => !file.hunks.some((hunk) => meet(hunk, proposed)));
}

/** Those that were rejected, and those that gave way to the person's own lines. */
export const rejectedCount = (file: ReviewFile): number =>
  rejectedHunks(file).length + Math.max(0, file.proposed.hunks.length - file.change.hunks.length);

/** Where a line of the base stands on the right side. */
const lineOnRight = (hunks: readonly Hunk[], line: number): number =>
  hunks.reduce((at, hunk) => (isBefore(hunk, line) ? at + hunk.proposedCount - hunk.baseCount : at), line);

const isBefore = ({ baseStart, baseCount }: Hunk, line: number) => baseStart + baseCount <= line;

/** A hunk on the right, or where one would be that was rejected. */
export function hunkOnRight(file: ReviewFile, id: string): Hunk | undefined {
  const rejected = rejectedHunks(file).find((hunk) => hunk.id === id);
  if (!rejected) return file.hunks.find((hunk) => hunk.id === id);
  const proposedStart = lineOnRight(file.hunks, rejected.baseStart);
  return { ...rejected, proposedStart, proposedCount: rejected.baseCount, state: 'rejected' };
}

/**
 * The right side brought back to the proposal at a hunk that was rejected or typed in, over all hunks that overlap it on
 * either side; `ids` are those of the proposal there.
 */
export function proposalAt(file: ReviewFile, hunk: Hunk): { text: string; ids: string[] } {
  const { hunks, change } = file;
  let at = hunk;
  for (;;) {
    const met = [at, ...hunks, ...change.hunks].filter((each) => meet(each, at));
    const baseStart = Math.min(...met.map((each) => each.baseStart));
    const baseCount = Math.max(...met.map((each) => each.baseStart + each.baseCount)) - baseStart;
    if (baseStart === at.baseStart && baseCount === at.baseCount) break;
    at = { ...at, baseStart, baseCount };
  }
  const side = (all: readonly Hunk[]) => ({
    start: at.baseStart + grown(all.filter((each) => each.baseStart < at.baseStart && !meet(each, at))),
    count: at.baseCount + grown(all.filter((each) => meet(each, at))),
  });
  const [right, proposal] = [side(hunks), side(change.hunks)];
  const fresh = linesOf(change.proposedText).slice(proposal.start, proposal.start + proposal.count);
  const lines = linesOf(file.text);
  lines.splice(right.start, right.count, ...fresh);
  return { text: lines.join('\n'), ids: change.hunks.filter((each) => meet(each, at)).map(({ id }) => id) };
}

/**
 * Takes a text in which those hunks were brought back, and opens them; null if they are not there as proposed. Among equal
 * lines it is not certain which ones a hunk is about.
 */
export function withProposal(
  file: ReviewFile,
  text: string,
  hunks: readonly Hunk[],
  ids: readonly string[],
): ReviewFile | null {
  const next = withText(file, text, hunks);
  const isBack = (hunk: Hunk) => ids.includes(hunk.id) && !isTyped(next, hunk);
  return next.hunks.filter(isBack).length === ids.length ? reopen(next, ids) : null;
}

const grown = (hunks: readonly Hunk[]) =>
  hunks.reduce((sum, { baseCount, proposedCount }) => sum + proposedCount - baseCount, 0);

/** Marks hunks as open again. */
export function reopen(file: ReviewFile, ids: readonly string[]): ReviewFile {
  const state = 'open' as const;
  const hunks = file.hunks.map((hunk) => (ids.includes(hunk.id) ? { ...hunk, state } : hunk));
  return { ...file, dropped: false, hunks };
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
    // An empty file that is made or goes has no lines, and is a change all the same.
    accepted: Math.max(1, hunks.length),
    rejected: rejectedCount(file),
    changedByPerson: hunks.some((hunk) => isTyped(file, hunk)),
  };
}

/** Where lines of `edits` (what the person changed from the text that the model saw to the base) stand on the right. */
export function linesKept({ hunks }: ReviewFile, edits: readonly Hunk[]): number[] {
  const lines = edits.flatMap(({ proposedStart, proposedCount }) =>
    Array.from({ length: Math.max(1, proposedCount) }, (_none, index) => proposedStart + index),
  );
  const isReplaced = (line: number) =>
    hunks.some(({ baseStart, baseCount }) => line >= baseStart && line < baseStart + baseCount);
  return lines.filter((line) => !isReplaced(line)).map((line) => lineOnRight(hunks, line));
}
