/** One place where an old text stands, in a text with `\n` endings, and what shall stand there. */
export interface Match {
  start: number;
  end: number;
  replacement: string;
}

/** How the indentation of the model's lines becomes that of the file's, the same for every line. */
type Shift = (line: string) => string | null;

/**
 * The places where the lines of `old` stand with another indentation, all lines shifted alike: by a common prefix more or
 * less, or spaces against tabs. Texts have `\n` endings. A place where a new line cannot be shifted in the same way is none.
 */
export function reindentMatches(text: string, old: string, fresh: string): Match[] {
  const wholeLines = old.endsWith('\n');
  const oldLines = (wholeLines ? old.slice(0, -1) : old).split('\n');
  const anchor = oldLines.findIndex((line) => line.trim() !== '');
  const anchorText = oldLines[anchor]?.trimStart();
  if (anchorText === undefined) return [];
  const lines = text.split('\n');
  const matches: Match[] = [];
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    const first = index - anchor;
    if (first >= 0 && first + oldLines.length <= lines.length && line.trimStart() === anchorText) {
      const window = lines.slice(first, first + oldLines.length);
      const start = offset - lengthOf(lines.slice(first, index));
      const end = start + lengthOf(window) - (wholeLines ? 0 : 1);
      const shift = end <= text.length ? shiftBetween(oldLines, window) : null;
      const replacement = shift && shiftLines(fresh, shift);
      if (replacement !== null) matches.push({ start, end, replacement });
    }
    offset += line.length + 1;
  }
  return matches;
}

function shiftBetween(old: string[], found: string[]): Shift | null {
  const pairs: [old: string, found: string][] = [];
  for (const [index, line] of old.entries()) {
    const other = found[index] ?? '';
    if (line.trimStart() !== other.trimStart()) return null;
    if (line.trim() !== '') pairs.push([indentOf(line), indentOf(other)]);
  }
  const [first] = pairs;
  if (first === undefined) return null;
  const [oldFirst, foundFirst] = first;
  if (foundFirst.endsWith(oldFirst)) {
    const more = foundFirst.slice(0, foundFirst.length - oldFirst.length);
    if (pairs.every(([a, b]) => b === more + a)) return (line) => more + line;
  }
  if (oldFirst.endsWith(foundFirst)) {
    const less = oldFirst.slice(0, oldFirst.length - foundFirst.length);
    if (pairs.every(([a, b]) => a === less + b)) {
      return (line) => (line.startsWith(less) ? line.slice(less.length) : null);
    }
  }
  return spacesToTabs(pairs) ?? tabsToSpaces(pairs);
}

/** The model wrote `width` spaces where the file has a tab, on every line, with the same number of tabs more or less. */
function spacesToTabs(pairs: [string, string][]): Shift | null {
  if (!pairs.every(([a, b]) => /^ *$/.test(a) && /^\t*$/.test(b))) return null;
  for (const width of [4, 2, 8, 3]) {
    const levels = pairs.map(([a, b]) => b.length - a.length / width);
    const shift = levels[0] ?? 0;
    if (!Number.isInteger(shift) || levels.some((level) => level !== shift) || !varies(pairs)) continue;
    return (line) => {
      const indent = indentOf(line);
      const level = indent.length / width + shift;
      if (!/^ *$/.test(indent) || level < 0 || !Number.isInteger(level)) return null;
      return '\t'.repeat(level) + line.slice(indent.length);
    };
  }
  return null;
}

function tabsToSpaces(pairs: [string, string][]): Shift | null {
  if (!pairs.every(([a, b]) => /^\t*$/.test(a) && /^ *$/.test(b))) return null;
  for (const width of [4, 2, 8, 3]) {
    const levels = pairs.map(([a, b]) => b.length / width - a.length);
    const shift = levels[0] ?? 0;
    if (!Number.isInteger(shift) || levels.some((level) => level !== shift) || !varies(pairs)) continue;
    return (line) => {
      const indent = indentOf(line);
      const level = indent.length + shift;
      return /^\t*$/.test(indent) && level >= 0 ? ' '.repeat(level * width) + line.slice(indent.length) : null;
    };
  }
  return null;
}

/** Lines that all have one depth fit more than one width; without any indentation on one side they say nothing at all. */
function varies(pairs: [string, string][]): boolean {
  return pairs.some(([a]) => a !== pairs[0]?.[0]) || pairs.every(([a, b]) => a !== '' && b !== '');
}

function shiftLines(text: string, shift: Shift): string | null {
  const result: string[] = [];
  for (const line of text.split('\n')) {
    const shifted = line.trim() === '' ? line : shift(line);
    if (shifted === null) return null;
    result.push(shifted);
  }
  return result.join('\n');
}

function lengthOf(lines: string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}
