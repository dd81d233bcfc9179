import { diffArrays } from 'diff';

/** A run of lines that differs. Zero-based; a count of 0 is an insertion or a deletion at that line. */
export interface LineChange {
  baseStart: number;
  baseCount: number;
  otherStart: number;
  otherCount: number;
}

/** Beyond this many differing lines the exact difference costs seconds, and a rewrite is one change to a person anyway. */
const mostEdits = 2000;

/**
 * Lines as an editor counts them: `\n`, `\r\n` and a lone `\r` end a line, and a text that ends with one has an empty last
 * line. So a missing newline at the end of a file is a line like any other.
 */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The runs of lines that differ, in order; between two of them at least one line is the same in both. */
export function lineChanges(base: readonly string[], other: readonly string[]): LineChange[] {
  let head = 0;
  const shorter = Math.min(base.length, other.length);
  while (head < shorter && base[head] === other[head]) head++;
  let tail = 0;
  while (tail < shorter - head && base[base.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  const baseMiddle = base.slice(head, base.length - tail);
  const otherMiddle = other.slice(head, other.length - tail);
  if (baseMiddle.length === 0 && otherMiddle.length === 0) return [];
  const whole = {
    baseStart: head,
    baseCount: baseMiddle.length,
    otherStart: head,
    otherCount: otherMiddle.length,
  };
  if (baseMiddle.length === 0 || otherMiddle.length === 0) return [whole];
  const pairs = matchedLines(baseMiddle, otherMiddle);
  if (pairs === null) return [whole];
  const changes: LineChange[] = [];
  let baseLine = 0;
  let otherLine = 0;
  for (const [baseAt, otherAt] of [...pairs, [baseMiddle.length, otherMiddle.length] as const]) {
    if (baseAt > baseLine || otherAt > otherLine) {
      changes.push({
        baseStart: head + baseLine,
        baseCount: baseAt - baseLine,
        otherStart: head + otherLine,
        otherCount: otherAt - otherLine,
      });
    }
    baseLine = baseAt + 1;
    otherLine = otherAt + 1;
  }
  return changes;
}

/** Lines that stay, as pairs of indexes in rising order; null if the texts are too different to say. */
function matchedLines(base: string[], other: string[]): [number, number][] | null {
  // Lines that only one side has can stay nowhere: without them even a full rewrite is compared quickly.
  const inBase = new Set(base);
  const inOther = new Set(other);
  const baseKept = base.flatMap((line, index) => (inOther.has(line) ? [index] : []));
  const otherKept = other.flatMap((line, index) => (inBase.has(line) ? [index] : []));
  const parts = diffArrays(
    baseKept.map((index) => base[index]),
    otherKept.map((index) => other[index]),
    { maxEditLength: mostEdits },
  );
  if (parts === undefined) return null;
  const pairs: [number, number][] = [];
  let baseAt = 0;
  let otherAt = 0;
  for (const part of parts) {
    if (part.removed) baseAt += part.count;
    else if (part.added) otherAt += part.count;
    else {
      for (let i = 0; i < part.count; i++) pairs.push([baseKept[baseAt++] ?? 0, otherKept[otherAt++] ?? 0]);
    }
  }
  return pairs;
}
