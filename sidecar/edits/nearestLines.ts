import { splitLines } from './lineDiff.ts';

const mostOldLines = 60;
const mostOccurrences = 64;
const mostLinesShown = 40;
const mostCharacters = 2_000_000;

/**
 * The lines of `text` that are most like `wanted`, or null if nothing is alike: what a model needs to see after a miss.
 * Each word of `wanted` votes for the places where it stands; rare words count more. Work is bounded by the number of
 * words in the text.
 */
export function nearestLines(text: string, wanted: string): { startLine: number; text: string } | null {
  const wantedLines = splitLines(wanted.trim()).slice(0, mostOldLines);
  if (wantedLines.length === 0 || text.length > mostCharacters) return null;
  const lines = splitLines(text);
  const wantedWords = new Set(wantedLines.flatMap(wordsOf));
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    for (const word of wordsOf(line)) {
      if (!wantedWords.has(word)) continue;
      const known = places.get(word);
      if (known === undefined) places.set(word, [index]);
      else if (known.length <= mostOccurrences && known.at(-1) !== index) known.push(index);
    }
  }
  const votes = new Map<number, number>();
  let possible = 0;
  for (const [offset, line] of wantedLines.entries()) {
    for (const word of new Set(wordsOf(line))) {
      const found = places.get(word) ?? [];
      // A word that is everywhere says nothing about the place.
      if (found.length > mostOccurrences) continue;
      const weight = 1 / Math.sqrt(Math.max(1, found.length));
      possible += weight;
      for (const at of found) {
        // A line more or less in between must not lose the vote.
        for (const [shift, share] of [
          [0, 1],
          [-1, 0.5],
          [1, 0.5],
        ] as const) {
          const start = at - offset + shift;
          if (start >= 0 && start < lines.length) votes.set(start, (votes.get(start) ?? 0) + weight * share);
        }
      }
    }
  }
  let best = -1;
  let most = 0;
  for (const [start, vote] of votes) {
    if (vote > most || (vote === most && start < best)) {
      best = start;
      most = vote;
    }
  }
  if (best < 0 || most < possible * 0.3) return null;
  const shown = lines.slice(best, best + Math.min(wantedLines.length, mostLinesShown));
  return { startLine: best, text: shown.join('\n') };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII.
const ascii = /^[\x00-\x7f]*$/;

function wordsOf(line: string): string[] {
  // The same words, in a third of the time.
  if (ascii.test(line)) return line.match(/\w+|[^\s\w]+/g) ?? [];
  return line.match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]+/gu) ?? [];
}
