/** Lines that are rewritten, and those around them as they stand in the file. */
export interface LinesInPlace {
  before: readonly string[];
  range: readonly string[];
  after: readonly string[];
}

/**
 * The lines of an answer as they fit into the file: without lines around the range that the answer repeats, indented as
 * deep as the range, between the range's own blank lines. `whole`: no more lines will come.
 */
export function fitLines(answer: readonly string[], place: LinesInPlace, whole: boolean): string[] {
  let lines = trimBlank(withoutHead(answer, place));
  if (whole) lines = trimBlank(withoutTail(lines, place));
  lines = asDeepAs(place.range, lines);
  const first = place.range.findIndex(isFilled);
  if (first < 0 || lines.length === 0) return lines;
  const last = place.range.findLastIndex(isFilled);
  return [...place.range.slice(0, first), ...lines, ...(whole ? place.range.slice(last + 1) : [])];
}

const isFilled = (line: string) => line.trim() !== '';

/** Enough on a line to tell it from others: a closing brace or `else` stands everywhere. */
function isTelling(line: string): boolean {
  const letters = line.replace(/\W/g, '').length;
  return letters >= 8 || (letters >= 4 && /\w\W+\w/.test(line));
}

function trimBlank(lines: readonly string[]): string[] {
  const first = lines.findIndex(isFilled);
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(isFilled) + 1);
}

const sameLines = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((line, index) => line.trimEnd() === b[index]?.trimEnd());

/** Without the lines before the range, if the answer begins with them; while it may still be at them, nothing. */
function withoutHead(answer: readonly string[], { before, range }: LinesInPlace): readonly string[] {
  const lines = answer.slice(Math.max(0, answer.findIndex(isFilled)));
  for (let from = 0; from < before.length; from++) {
    if (before[from]?.trimEnd() !== lines[0]?.trimEnd()) continue;
    const repeated = before.slice(from);
    const count = Math.min(repeated.length, lines.length);
    const head = lines.slice(0, count);
    if (!head.some(isTelling) || !sameLines(head, repeated.slice(0, count))) continue;
    if (!sameLines(head, range.slice(0, count))) return lines.slice(count);
  }
  return lines;
}

/** Without the lines after the range, if the answer ends with them and the range does not. */
function withoutTail(lines: readonly string[], { after, range }: LinesInPlace): readonly string[] {
  for (let count = Math.min(after.length, lines.length); count > 0; count--) {
    const tail = lines.slice(-count);
    if (!tail.some(isTelling) || !sameLines(tail, after.slice(0, count))) continue;
    if (!sameLines(tail, range.slice(-count))) return lines.slice(0, -count);
  }
  return lines;
}

/** Models often begin a part of a file in the first column: if its first line stands left of all of the range, it is moved in. */
function asDeepAs(range: readonly string[], lines: string[]): string[] {
  const indents = range.filter(isFilled).map(indentOf);
  const least = indents.reduce((a, b) => (b.length < a.length ? b : a), indents[0] ?? '');
  const found = indentOf(lines[0] ?? '');
  if (found.length >= least.length || !least.endsWith(found)) return lines;
  const more = least.slice(0, least.length - found.length);
  return lines.map((line) => (isFilled(line) ? more + line : line));
}

const indentOf = (line: string) => /^[ \t]*/.exec(line)?.[0] ?? '';

/**
 * How far an answer has come in the lines that it rewrites: behind the last written line that is one of them. A brace or a
 * blank line is one only if it follows one; a line that leaves out more than was written in its place only if the next one
 * follows it in both.
 */
function reached(range: readonly string[], written: readonly string[]): { range: number; written: number } {
  const at = { range: 0, written: 0 };
  for (const [index, line] of written.entries()) {
    const near = at.range + (index - at.written) + 1;
    for (let old = at.range; old < range.length; old++) {
      if (range[old] !== line) continue;
      const follows = old === at.range && index === at.written;
      const nextToo = index + 1 < written.length && range[old + 1] === written[index + 1];
      if (!follows && !(isTelling(line) && (old <= near || nextToo))) continue;
      at.range = old + 1;
      at.written = index + 1;
      break;
    }
  }
  return at;
}

/** What is shown while an answer is written: its lines so far, then the old lines that it has not come to. */
export function withRest(range: readonly string[], written: readonly string[]): string[] {
  return [...written, ...range.slice(reached(range, written).range)];
}

/** What is kept of an answer that was stopped: the changes that are followed by an old line, and all old lines from there. */
export function wholeChanges(range: readonly string[], written: readonly string[]): string[] {
  const at = reached(range, written);
  return [...written.slice(0, at.written), ...range.slice(at.range)];
}
