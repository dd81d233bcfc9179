import type { Hunk } from '../../sidecar/protocol/changes.ts';
import { plural, t } from '../../sidecar/protocol/translate.ts';

/** Whole lines of a file, zero-based; at least one. */
export interface Lines {
  start: number;
  count: number;
}

interface Span {
  start: { line: number };
  end: { line: number; character: number };
}

/** A selection grown to whole lines. One that ends at the start of a line does not hold that line. */
export function linesOf({ start, end }: Span): Lines {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return { start: start.line, count: last - start.line + 1 };
}

/** Whether a problem is in the lines, as far as it goes. */
export function touches({ start, count }: Lines, span: Span): boolean {
  return span.start.line < start + count && span.end.line >= start;
}

/** "line 12", "lines 12 to 30". */
export function linesText({ start, count }: Lines): string {
  const first = start + 1;
  return count === 1 ? t('line {first}', { first }) : t('lines {first} to {last}', { first, last: start + count });
}

/** What the empty input box says. */
export function placeholderText(problems: number): string {
  if (problems === 0) return t('Describe the change');
  return plural(problems, {
    one: 'Describe the change, or leave empty to fix the problem here',
    other: 'Describe the change, or leave empty to fix the {count} problems here',
  });
}

/**
 * Lines of the base as they stand on the right: grown and moved by the changes in and above them. A change on their edge is
 * part of them.
 */
export function linesOnTheRight({ start, count }: Lines, hunks: readonly Hunk[]): Lines {
  let first = start;
  let end = start + count;
  for (const hunk of hunks) {
    const more = hunk.proposedCount - hunk.baseCount;
    if (hunk.baseStart + hunk.baseCount <= start && hunk.baseStart < start) first += more;
    const insertedBehind = hunk.baseCount === 0 && hunk.baseStart === start + count;
    if (hunk.baseStart < start + count || insertedBehind) end += more;
  }
  return { start: first, count: Math.max(1, end - first) };
}

const split = (text: string) => text.split(/\r\n|\n|\r/);

/** A text with other lines in place of some, in the line ending that it has. `lines` are joined by `\n`. */
export function withLines(text: string, { start, count }: Lines, lines: string): string {
  const all = split(text);
  return [...all.slice(0, start), ...split(lines), ...all.slice(start + count)].join(
    text.includes('\r\n') ? '\r\n' : '\n',
  );
}

/** The first line in which two texts differ. */
export function firstDifference(a: string, b: string): number {
  const lines = split(a);
  const index = split(b).findIndex((line, at) => line !== lines[at]);
  return Math.max(0, index);
}

/**
 * The last line of the last change in the text that was written: where it was proposed, or the nearest place with the same
 * lines where something of the person's was merged in.
 */
export function lastNewLine(finalText: string, hunks: readonly Hunk[], written: string): number {
  const hunk = hunks.at(-1);
  if (!hunk) return 0;
  const size = Math.max(1, hunk.proposedCount);
  // What stands where lines were taken out is the line before.
  const at = hunk.proposedCount === 0 ? Math.max(0, hunk.proposedStart - 1) : hunk.proposedStart;
  const wanted = split(finalText).slice(at, at + size);
  const lines = split(written);
  const fits = (start: number) => wanted.every((line, index) => lines[start + index] === line);
  for (let away = 0; away < lines.length; away++) {
    if (fits(at - away)) return at - away + size - 1;
    if (fits(at + away)) return at + away + size - 1;
  }
  return Math.min(at + size - 1, lines.length - 1);
}
