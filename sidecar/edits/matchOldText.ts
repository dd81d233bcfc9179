import { restoreLineEndings, toLf } from './lineEndings.ts';
import { nearestLines } from './nearestLines.ts';
import { type Match, reindentMatches } from './reindent.ts';

export type Replacement =
  /** `at`: what was replaced, as UTF-16 offsets in the text before. Outside of it every byte is as before. */
  | { kind: 'replaced'; text: string; at: { start: number; end: number } }
  | { kind: 'ambiguous'; count: number }
  /** `nearest`: the real lines that are most like the old text; `startLine` is zero-based. */
  | { kind: 'notFound'; nearest: { startLine: number; text: string } | null }
  | { kind: 'noop' };

const leadingBlankLines = /^(?:[ \t]*\n)*/;
// One repetition at a time, so that a long run of blanks costs linear time.
const lastBlankLine = /\n[ \t]*$/;

/**
 * Replaces the one place where `oldString` stands. The ladder: exact, line endings normalised, outer blank lines stripped,
 * uniform re-indent; the first rung with a match decides, and more than one match is never guessed between. New lines take
 * the line endings of their neighbours.
 */
export function replaceOldText(text: string, oldString: string, newString: string): Replacement {
  const oldText = withoutBom(oldString);
  const newText = withoutBom(newString);
  if (toLf(oldText) === toLf(newText)) return { kind: 'noop' };
  if (oldText.trim() === '') {
    // Nothing to look for, except in a file that is as empty itself.
    if (text.trim() !== '') return { kind: 'notFound', nearest: null };
    return finish(text, [{ start: 0, end: text.length, replacement: toLf(newText) }]);
  }
  const exact = occurrences(text, oldText).filter((start) => !splitsCrLf(text, start, start + oldText.length));
  if (exact.length > 0) {
    return finish(
      text,
      exact.map((start) => ({ start, end: start + oldText.length, replacement: toLf(newText) })),
    );
  }
  const lf = toLf(text);
  const old = toLf(oldText);
  const fresh = toLf(newText);
  for (const rung of [normalised, withoutOuterBlanks, reindentMatches, reindentedWithoutOuterBlanks]) {
    const matches = rung(lf, old, fresh);
    if (matches.length > 0) return finish(text, matches.map(toRawOffsets(text)));
  }
  return { kind: 'notFound', nearest: nearestLines(lf, old) };
}

function normalised(text: string, old: string, fresh: string): Match[] {
  return occurrences(text, old).map((start) => ({ start, end: start + old.length, replacement: fresh }));
}

function withoutOuterBlanks(text: string, old: string, fresh: string): Match[] {
  const stripped = stripSharedBlanks(old, fresh);
  if (stripped.old === '' || stripped.old === old) return [];
  return occurrences(text, stripped.old)
    .map((start) => ({ start, end: start + stripped.old.length, replacement: stripped.fresh }))
    .filter(
      ({ start, end }) =>
        // The blank lines said that the old text is whole lines: it is not looked for inside of one.
        (!stripped.leading || start === 0 || text[start - 1] === '\n') &&
        (!stripped.trailing || end === text.length || text[end] === '\n'),
    );
}

function reindentedWithoutOuterBlanks(text: string, old: string, fresh: string): Match[] {
  const stripped = stripSharedBlanks(old, fresh);
  return stripped.old === '' || stripped.old === old ? [] : reindentMatches(text, stripped.old, stripped.fresh);
}

/** Takes all outer blank lines from `old`, and from `fresh` exactly those that both have. */
function stripSharedBlanks(old: string, fresh: string) {
  const oldHead = (leadingBlankLines.exec(old)?.[0] ?? '').split('\n').length - 1;
  const freshHead = (leadingBlankLines.exec(fresh)?.[0] ?? '').split('\n').length - 1;
  const head = dropTrailing(dropLeading(old, oldHead), Number.POSITIVE_INFINITY);
  const tail = dropTrailing(dropLeading(fresh, Math.min(oldHead, freshHead)), head.dropped);
  return { old: head.text, fresh: tail.text, leading: oldHead > 0, trailing: head.dropped > 0 };
}

function dropLeading(text: string, count: number): string {
  let start = 0;
  for (let i = 0; i < count; i++) start = text.indexOf('\n', start) + 1;
  return text.slice(start);
}

function dropTrailing(text: string, most: number): { text: string; dropped: number } {
  let rest = text;
  let dropped = 0;
  for (; dropped < most; dropped++) {
    const blank = lastBlankLine.exec(rest);
    if (blank === null) break;
    rest = rest.slice(0, blank.index);
  }
  return { text: rest, dropped };
}

function finish(text: string, matches: Match[]): Replacement {
  const [match] = matches;
  if (match === undefined || matches.length > 1) return { kind: 'ambiguous', count: matches.length };
  const { start, end } = match;
  const written = restoreLineEndings(text.slice(start, end), match.replacement, endingNear(text, start));
  const result = text.slice(0, start) + written + text.slice(end);
  return result === text ? { kind: 'noop' } : { kind: 'replaced', text: result, at: { start, end } };
}

/** All places, overlapping ones too: "aa" stands twice in "aaa". */
function occurrences(text: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) found.push(at);
  return found;
}

function splitsCrLf(text: string, start: number, end: number): boolean {
  const splits = (at: number) => text[at - 1] === '\r' && text[at] === '\n';
  return splits(start) || splits(end);
}

function toRawOffsets(text: string): (match: Match) => Match {
  if (!text.includes('\r\n')) return (match) => match;
  // Position, in the text with `\n`, of each line ending that is two characters long in the file.
  const long: number[] = [];
  for (let at = text.indexOf('\r\n'); at !== -1; at = text.indexOf('\r\n', at + 2)) long.push(at - long.length);
  const raw = (offset: number) => {
    let low = 0;
    let high = long.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((long[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  };
  return ({ start, end, replacement }) => ({ start: raw(start), end: raw(end), replacement });
}

function endingNear(text: string, offset: number): '\n' | '\r\n' {
  const after = text.indexOf('\n', offset);
  const at = after === -1 ? text.lastIndexOf('\n', offset) : after;
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
