import { type Alignment, alignLines, declaredName } from './alignLines.ts';

export type Placed =
  | { kind: 'placed'; text: string }
  /** The file says so already. */
  | { kind: 'same' }
  /** No place is like it, or several are. */
  | { kind: 'notPlaced' };

/** Of this share of a snippet something must be in the file. */
const leastShare = 0.5;
/** With this share of the file's lines, and its first and last ones, code is the whole file. */
const wholeShare = 0.6;
/** Another place that is nearly as good makes it a guess. */
const tooClose = 0.95;
/** Pairs of lines that are compared: more would keep the editor waiting. */
const mostPairs = 4_000_000;

/** "// ... existing code ...": the lines of the file stay. A bare "..." is code in Python. */
const elision =
  /^\s*(?:\/\/|#|--|\/\*|<!--|%|;|\{\/\*)\s*(?:\.{3}|…|(?:the )?(?:rest of|existing|unchanged|remaining|same as before|previous)\b.*(?:code|file|function|class|methods?|unchanged|here|\.{3}|…))/i;

/**
 * A file with a block of an answer put in its place: the block is the whole file, or lines that stand for those of the file
 * which are most like them, in their indentation and line endings. Nothing is guessed where two places are alike. Pure.
 */
export function placeCode(file: string, code: string): Placed {
  const eol = file.includes('\r\n') ? '\r\n' : '\n';
  const wanted = withoutBlankEnds(code.split(/\r\n|\n/));
  if (wanted.length === 0) return { kind: 'notPlaced' };
  const base = file.split(/(?<=\n)/);
  const lines = base.map((line) => line.replace(/\r?\n$/, ''));
  const done = (text: string): Placed => (text === file ? { kind: 'same' } : { kind: 'placed', text });
  if (file.trim() === '' || isWholeFile(lines, wanted)) return done(`${wanted.join(eol)}${eol}`);
  if (lines.length * wanted.length > mostPairs) return { kind: 'notPlaced' };

  const out: string[] = [];
  let from = 0;
  const segments = splitAtElisions(wanted);
  for (const segment of segments.parts) {
    const rest = lines.slice(from);
    const isLast = segment === segments.parts.at(-1) && !segments.endsOpen;
    const place = placeSegment(segment, rest, isLast);
    if (place === null) return { kind: 'notPlaced' };
    out.push(...base.slice(from, from + place.start), ...place.lines.map((line) => line + eol));
    from += place.end;
  }
  const text = [...out, ...base.slice(from)].join('');
  return done(from === base.length && !/\n$/.test(file) ? text.replace(/\r?\n$/, '') : text);
}

interface Place {
  start: number;
  /** The first line that stays. */
  end: number;
  lines: string[];
}

function placeSegment(segment: readonly string[], file: readonly string[], isLast: boolean): Place | null {
  const best = alignLines(segment, file);
  if (!best) return null;
  const head = headOf(segment, best, file);
  if (best.share < leastShare && !head) return null;
  const found = best.at.filter((at) => at !== null);
  const start = found[0] ?? 0;
  const last = found.at(-1) ?? start;
  const other = alignLines(segment, file, { from: start, to: last + 1 });
  // A declaration that is there once says which place is meant.
  if (other && other.score >= tooClose * best.score && !head) return null;
  const end = Math.max(last + 1, isLast ? blockEnd(segment, best, file) : 0);
  return { start, end, lines: reindented(segment, best, file) };
}

/** Whether the segment begins (after comments and decorators) with a declaration that the file has once, in that place. */
function headOf(segment: readonly string[], { at }: Alignment, file: readonly string[]): boolean {
  const index = segment.findIndex((line) => declaredName(line) !== undefined);
  const first = segment.findIndex((line) => line.trim() !== '' && !/^\s*(?:@|#|\/\/|\/\*|\*|\[)/.test(line));
  const name = declaredName(segment[index] ?? '');
  if (name === undefined || index !== first) return false;
  const named = file.flatMap((line, i) => (declaredName(line) === name ? [i] : []));
  return named.length === 1 && at[index] === named[0];
}

/**
 * Where the block ends in the file that the last outermost line of the segment opens: its old body goes with it, also where
 * no line of it is like the new one. 0 if that line opens none.
 */
function blockEnd(segment: readonly string[], { at }: Alignment, file: readonly string[]): number {
  const filled = segment.flatMap((line, i) => (line.trim() === '' ? [] : [i]));
  const outermost = Math.min(...filled.map((i) => indentOf(segment[i])));
  const heads = filled.filter((i) => indentOf(segment[i]) === outermost && !isCloser(segment[i] ?? ''));
  const head = heads.at(-1);
  const opened = head === undefined ? null : (at[head] ?? null);
  const opens = head !== undefined && filled.some((i) => i > head && indentOf(segment[i]) > outermost);
  if (opened === null || !opens) return 0;
  const depth = indentOf(file[opened]);
  let end = opened + 1;
  for (let i = opened + 1; i < file.length; i++) {
    const line = file[i] ?? '';
    if (line.trim() === '') continue;
    if (indentOf(line) > depth) end = i + 1;
    else if (indentOf(line) === depth && isCloser(line) && isCloser(segment[filled.at(-1) ?? 0] ?? '')) return i + 1;
    else break;
  }
  return end;
}

const isCloser = (line: string) => /^\s*(?:[}\])]|end\b|else\b|elif\b|except\b|finally\b|catch\b)/.test(line);
const indentOf = (line = '') => /^[ \t]*/.exec(line)?.[0].length ?? 0;

/** The segment with the indentation that the first line has in the file which is the same in both. */
function reindented(segment: readonly string[], { at }: Alignment, file: readonly string[]): string[] {
  const index = at.findIndex((one, i) => one !== null && segment[i]?.trim() !== '' && isSame(segment[i], file[one]));
  const fallback = at.findIndex((one) => one !== null);
  const pair = index >= 0 ? index : fallback;
  const own = /^[ \t]*/.exec(segment[pair] ?? '')?.[0] ?? '';
  const there = /^[ \t]*/.exec(file[at[pair] ?? 0] ?? '')?.[0] ?? '';
  if (there.endsWith(own)) {
    const more = there.slice(0, there.length - own.length);
    return segment.map((line) => (line.trim() === '' ? line : more + line));
  }
  const less = own.slice(0, own.length - there.length);
  const fits = own.endsWith(there) && segment.every((line) => line.trim() === '' || line.startsWith(less));
  return fits ? segment.map((line) => line.slice(Math.min(less.length, indentOf(line)))) : [...segment];
}

const isSame = (a = '', b = '') => a.trim() === b.trim();

/** A file that is given again has most of its lines, and the first and the last of them. */
function isWholeFile(file: readonly string[], code: readonly string[]): boolean {
  const telling = (lines: readonly string[]) => lines.map((line) => line.trim()).filter((line) => /\w{2}/.test(line));
  const [own, given] = [telling(file), telling(code)];
  if (code.some((line) => elision.test(line))) return false;
  const counts = new Map<string, number>();
  for (const line of given) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of own) {
    const left = counts.get(line) ?? 0;
    if (left > 0) common++;
    counts.set(line, left - 1);
  }
  const has = (lines: readonly string[]) => lines.some((line) => given.includes(line));
  return common >= wholeShare * own.length && has(own.slice(0, 2)) && has(own.slice(-3));
}

function splitAtElisions(lines: readonly string[]): { parts: string[][]; endsOpen: boolean } {
  const parts: string[][] = [[]];
  let endsOpen = false;
  for (const line of lines) {
    endsOpen = elision.test(line);
    if (endsOpen) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return { parts: parts.map(withoutBlankEnds).filter((part) => part.length > 0), endsOpen };
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first, last + 1);
}
