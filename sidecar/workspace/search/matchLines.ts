import { createContext, Script } from 'node:vm';
import { type HitLine, mostHits, type SearchQuery } from './hits.ts';

/** A file may take this long; a pattern that goes through all ways to match would take for ever, and cannot be cancelled. */
const longestMs = 1000;

const work: { run: () => unknown } = { run: () => null };
const context = createContext(work);
const script = new Script('run()');

export type LinesMatched = { kind: 'lines'; count: number; lines: HitLine[] } | { kind: 'tooSlow' };

/** The lines that match, as ripgrep takes lines, with those around them; null is a line that is not text. */
export function matchLines(lines: readonly (string | null)[], query: SearchQuery): LinesMatched {
  work.run = () => matches(lines, query.pattern.js);
  let found: Map<number, number>;
  try {
    found = script.runInContext(context, { timeout: longestMs });
  } catch (error) {
    // It comes from the other context, whose Error is not ours.
    if (
      typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    ) {
      return { kind: 'tooSlow' };
    }
    throw error;
  }
  const wanted = new Set<number>();
  for (const line of [...found.keys()].slice(0, mostHits + 1)) {
    for (let near = line - query.context; near <= line + query.context; near++) wanted.add(near);
  }
  const shown = [...wanted].sort((a, b) => a - b).filter((line) => line >= 0 && line < lines.length);
  return {
    kind: 'lines',
    count: found.size,
    lines: shown.flatMap((line) => {
      const text = lines[line];
      return text == null ? [] : [{ line: line + 1, text, at: found.get(line) ?? null }];
    }),
  };
}

/** Index of a line to where its first match begins. */
function matches(lines: readonly (string | null)[], pattern: RegExp): Map<number, number> {
  const found = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    const match = line === null ? null : pattern.exec(line);
    if (match) found.set(at, match.index);
  }
  return found;
}

/** Lines without their ends. What stands after the last line end is a line if it is not empty. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (text === '' || text.endsWith('\n')) lines.pop();
  return lines;
}

/** The lines of a file's bytes; those that are not UTF-8 are null. Null for a binary file. */
export function decodeLines(bytes: Buffer): (string | null)[] | null {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  if (utf16) return linesOf(new TextDecoder(utf16).decode(bytes));
  if (bytes.includes(0)) return null;
  try {
    return linesOf(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return linesOf(bytes.subarray(marked ? 3 : 0).toString('latin1')).map((line) => {
      const own = Buffer.from(line, 'latin1');
      const text = own.toString('utf8');
      return Buffer.from(text, 'utf8').equals(own) ? text : null;
    });
  }
}
