/** A line of the code beside the line of the file that it stands for; null: the file has no such line. */
export interface Alignment {
  /** For each line of the code. */
  at: (number | null)[];
  /** How much of the code is found, from 0 to 1: a line that is the same counts wholly, one that is alike in part. */
  share: number;
  score: number;
}

/** What a line that only one side has costs, in lines that are the same. */
const gap = 0.15;
/** Lines less alike than this are two lines. */
const leastAlike = 0.5;

/**
 * The best place for the whole of `code` somewhere in `file` (both as lines): lines may be changed, added and left out; what
 * stands before and after costs nothing. Lines in `taken` are not used. Null if no line is found. Pure.
 */
export function alignLines(
  code: readonly string[],
  file: readonly string[],
  taken: { from: number; to: number } = { from: 0, to: 0 },
): Alignment | null {
  const lines = code.map(lineOf);
  const base = file.map(lineOf);
  const [n, m] = [lines.length, base.length];
  const width = m + 1;
  const scores = new Float64Array((n + 1) * width);
  /** 0: the line of the code is new; 1: the line of the file is left out; 2: they stand for each other. */
  const steps = new Uint8Array((n + 1) * width);
  for (let i = 1; i <= n; i++) {
    scores[i * width] = -gap * i;
    for (let j = 1; j <= m; j++) {
      const here = i * width + j;
      // The last line of the code may be followed by anything.
      let best = (scores[here - width] ?? 0) - gap;
      let step = 0;
      const skipped = (scores[here - 1] ?? 0) - gap;
      if (skipped > best) [best, step] = [skipped, 1];
      const isTaken = j - 1 >= taken.from && j - 1 < taken.to;
      const like = isTaken ? 0 : likeness(lines[i - 1]!, base[j - 1]!);
      const matched = (scores[here - width - 1] ?? 0) + like;
      if (like > 0 && matched > best) [best, step] = [matched, 2];
      scores[here] = best;
      steps[here] = step;
    }
  }
  let end = 0;
  for (let j = 1; j <= m; j++) if ((scores[n * width + j] ?? 0) > (scores[n * width + end] ?? 0)) end = j;
  const at: (number | null)[] = new Array(n).fill(null);
  let found = 0;
  for (let i = n, j = end; i > 0 && j > 0; ) {
    const step = steps[i * width + j];
    if (step === 2) {
      at[i - 1] = j - 1;
      found += likeness(lines[i - 1]!, base[j - 1]!);
    }
    if (step !== 1) i--;
    if (step !== 0) j--;
  }
  if (at.every((one) => one === null)) return null;
  const all = lines.reduce((sum, { weight }) => sum + weight, 0);
  return { at, share: found / all, score: scores[n * width + end] ?? 0 };
}

const declaration =
  /^\s*(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|override|pub(?:\([^)]*\))?|unsafe)\s+)*(?:def|class|function\*?|fn|func|interface|type|enum|struct|trait|impl|const|let|var|module|namespace)\s+([\w$.]+)/;

/** The name that a line declares. */
export const declaredName = (line: string): string | undefined => declaration.exec(line)?.[1];

interface Line {
  text: string;
  weight: number;
  declares: string | undefined;
  pairs: ReadonlySet<string>;
}

function lineOf(line: string): Line {
  const text = line.trim();
  // A bracket stands in many places; a blank line everywhere.
  const weight = text === '' ? 0.05 : /[\p{L}\p{N}]{2}/u.test(text) ? 1 : 0.2;
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < text.length; i++) pairs.add(text.slice(i, i + 2));
  return { text, weight, declares: declaredName(text), pairs };
}

function likeness(a: Line, b: Line): number {
  if (a.text === b.text) return a.weight;
  if (a.weight < 1 || b.weight < 1) return 0;
  // The same thing with other parameters; or two things, however alike their lines are.
  if (a.declares !== undefined && b.declares !== undefined) return a.declares === b.declares ? 0.9 : 0;
  const [small, large] = a.pairs.size < b.pairs.size ? [a.pairs, b.pairs] : [b.pairs, a.pairs];
  if ((2 * small.size) / (small.size + large.size) < leastAlike) return 0;
  let common = 0;
  for (const pair of small) if (large.has(pair)) common++;
  const alike = (2 * common) / (small.size + large.size);
  return alike < leastAlike ? 0 : 0.8 * alike;
}
