import type { Pattern } from './pattern.ts';

export interface SearchQuery {
  pattern: Pattern;
  /** Lines around each match. */
  context: number;
}

/** A line of a file, from 1. `at`: where its first match begins, in UTF-16 units; null for a line around a match. */
export interface HitLine {
  line: number;
  text: string;
  at: number | null;
}

/** The lines of one file with matches, in order; `count` is how many lines match, also those that are not kept. */
export interface FileHits {
  path: string;
  shown: string;
  count: number;
  lines: HitLine[];
}

export type SearchResult =
  | {
      kind: 'found';
      /** In the order of their paths, up to `mostHits` matching lines in all. */
      files: FileHits[];
      /** Matching lines and files with such, of all that was searched. */
      hits: number;
      fileCount: number;
      /** Why not everything was searched. */
      cut?: 'time' | 'files';
    }
  | { kind: 'refused'; reason: string };

export const mostHits = 100;
/** Characters of a line. */
const longestLine = 200;
/** Bytes; larger files are not searched. */
export const largestSearched = 5 * 2 ** 20;

/** Gathers the hits of files that come in any order and keeps the first ones by path. */
export function createCollector(order: (a: string, b: string) => number) {
  let kept: FileHits[] = [];
  let hits = 0;
  let fileCount = 0;

  function prune(): void {
    kept.sort((a, b) => order(a.shown, b.shown));
    let room = mostHits;
    kept = kept.filter(({ count }) => {
      const fits = room > 0;
      room -= count;
      return fits;
    });
  }

  return {
    add(file: FileHits): void {
      hits += file.count;
      fileCount++;
      kept.push(file);
      if (kept.length > 4 * mostHits) prune();
    },
    result(context: number, cut?: 'time' | 'files'): SearchResult {
      prune();
      let room = mostHits;
      const files = kept.map((file) => {
        const lines = firstHits(file.lines, room, context);
        room -= file.count;
        return { ...file, lines };
      });
      return { kind: 'found', files, hits, fileCount, ...(cut ? { cut } : {}) };
    },
  };
}

/** The lines of the first `most` matches, with what is around them. */
function firstHits(lines: readonly HitLine[], most: number, context: number): HitLine[] {
  const first = lines.filter(({ at }) => at !== null).slice(0, most);
  const near = new Set<number>();
  for (const { line } of first) for (let by = -context; by <= context; by++) near.add(line + by);
  const last = first.at(-1)?.line ?? 0;
  return lines.filter(({ line }) => near.has(line)).map((one) => cutLine(one.line > last ? { ...one, at: null } : one));
}

/** A long line around its match. */
function cutLine({ line, text, at }: HitLine): HitLine {
  if (text.length <= longestLine) return { line, text, at };
  const from = Math.max(0, Math.min((at ?? 0) - 60, text.length - longestLine));
  const to = from + longestLine;
  return {
    line,
    at,
    text: `${from > 0 ? '…' : ''}${text.slice(from, to).toWellFormed()}${to < text.length ? '…' : ''}`,
  };
}
