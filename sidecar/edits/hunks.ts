import { createHash } from 'node:crypto';
import type { Hunk } from '../protocol/changes.ts';
import { type LineChange, lineChanges, splitLines } from './lineDiff.ts';
import { restoreLineEndings } from './lineEndings.ts';

/**
 * The runs of changed lines between two texts, all `open`. Lines are compared without their endings. A hunk's id comes from
 * its base lines (an insertion's from the lines around it) and from which occurrence of them it is in the base: it stays
 * the same while other hunks come and go, and also when the base moves elsewhere.
 */
export function computeHunks(base: string, proposed: string): Hunk[] {
  const baseLines = splitLines(base);
  const positions = new Map<string, number[]>();
  const positionsOf = (line: string) => {
    if (positions.size === 0) {
      for (const [index, text] of baseLines.entries()) {
        const known = positions.get(text);
        if (known) known.push(index);
        else positions.set(text, [index]);
      }
    }
    return positions.get(line) ?? [];
  };
  return lineChanges(baseLines, splitLines(proposed)).map((change) => ({
    id: hunkId(change, baseLines, positionsOf),
    baseStart: change.baseStart,
    baseCount: change.baseCount,
    proposedStart: change.otherStart,
    proposedCount: change.otherCount,
    state: 'open',
  }));
}

function hunkId(change: LineChange, base: string[], positionsOf: (line: string) => number[]): string {
  const insertion = change.baseCount === 0;
  // The lines around an insertion; before the first and after the last line there is none.
  const start = insertion ? Math.max(change.baseStart - 1, 0) : change.baseStart;
  const end = insertion ? change.baseStart + 1 : change.baseStart + change.baseCount;
  const run = base.slice(start, end);
  let occurrence = 0;
  for (const at of positionsOf(run[0] ?? '')) {
    if (at >= start) break;
    if (run.every((line, i) => base[at + i] === line)) occurrence++;
  }
  const edge = change.baseStart === 0 ? 'start' : change.baseStart >= base.length ? 'end' : 'inside';
  const kind = insertion ? `insert ${edge}` : 'replace';
  return createHash('sha256')
    .update(`${kind}\n${occurrence}\n${run.join('\n')}`)
    .digest('hex')
    .slice(0, 16);
}

/**
 * The base with only those hunks that `keep` says yes to. All kept gives the proposed text, none the base; line endings
 * are the base's.
 */
export function applyHunks(base: string, proposed: string, keep: (hunk: Hunk) => boolean): string {
  const baseLines = splitLines(base);
  const proposedLines = splitLines(proposed);
  const result: string[] = [];
  let baseLine = 0;
  for (const hunk of computeHunks(base, proposed)) {
    if (!keep(hunk)) continue;
    for (const line of baseLines.slice(baseLine, hunk.baseStart)) result.push(line);
    for (const line of proposedLines.slice(hunk.proposedStart, hunk.proposedStart + hunk.proposedCount))
      result.push(line);
    baseLine = hunk.baseStart + hunk.baseCount;
  }
  for (const line of baseLines.slice(baseLine)) result.push(line);
  return restoreLineEndings(base, result.join('\n'), proposed.includes('\r\n') ? '\r\n' : '\n');
}
