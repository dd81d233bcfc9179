import { diff3Merge, type MergeRegion } from 'node-diff3';
import type { Conflict, Resolution } from '../protocol/changes.ts';
import { type LineChange, lineChanges, splitLines } from './lineDiff.ts';

export type MergeOutcome =
  /** `mineLines`: zero-based lines of `text` that the person wrote (where the person only deleted: the line that follows). */
  | { kind: 'merged'; text: string; mineLines: number[] }
  /** `startLine` of a conflict counts in the person's text. `total`: places in which the proposal changes something. */
  | { kind: 'conflict'; conflicts: Conflict[]; total: number };

const largestStretch = 4_000_000;

/** A stretch of the base that at least one side changed; between two stretches a line is the same in all three texts. */
interface Stretch {
  base: [start: number, end: number];
  mine: [start: number, end: number];
  theirs: [start: number, end: number];
}

/**
 * Merges what the person (`current`) and the proposal made of the same base, line by line. As in git, changes that overlap
 * or touch are a conflict unless they are equal. Endings are ignored and the merged text has `\n`: give it the person's
 * endings with `restoreLineEndings`. `resolutions` settle conflicts in their order; those beyond them stay conflicts.
 */
export function mergeTexts(
  base: string,
  current: string,
  proposed: string,
  resolutions: readonly Resolution[] = [],
): MergeOutcome {
  const baseLines = splitLines(base);
  const mine = splitLines(current);
  const theirs = splitLines(proposed);
  const merged: string[] = [];
  const mineLines: number[] = [];
  const conflicts: Conflict[] = [];
  let total = 0;
  let settled = 0;
  let baseLine = 0;

  for (const stretch of stretches(baseLines, mine, theirs)) {
    push(merged, baseLines.slice(baseLine, stretch.base[0]));
    baseLine = stretch.base[1];
    const was = baseLines.slice(...stretch.base);
    const ours = mine.slice(...stretch.mine);
    const proposal = theirs.slice(...stretch.theirs);
    if (same(was, proposal)) {
      push(merged, ours);
      continue;
    }
    let found = 0;
    for (const part of mergeStretch(ours, was, proposal)) {
      if (part.ok) {
        push(merged, part.ok);
      } else if (part.conflict) {
        const { a, o, b, aIndex } = part.conflict;
        found++;
        const resolution = resolutions[settled];
        if (resolution !== undefined) {
          settled++;
          if (resolution !== 'theirs') push(merged, a);
          if (resolution !== 'mine') push(merged, b);
          continue;
        }
        conflicts.push({
          startLine: stretch.mine[0] + aIndex,
          mine: a.join('\n'),
          base: o.join('\n'),
          theirs: b.join('\n'),
        });
      }
    }
    total += Math.max(1, found);
  }
  push(merged, baseLines.slice(baseLine));
  if (conflicts.length > 0) return { kind: 'conflict', conflicts, total };
  const text = merged.join('\n');
  if (same(mine, baseLines)) return { kind: 'merged', text, mineLines };
  return { kind: 'merged', text, mineLines: personsLines(baseLines, mine, theirs, merged) };
}

function mergeStretch(mine: string[], base: string[], theirs: string[]): MergeRegion<string>[] {
  if (same(mine, base) || same(mine, theirs)) return [{ ok: theirs }];
  // node-diff3 takes quadratic time; two rewrites of this size have nothing to merge.
  if (mine.length * theirs.length > largestStretch) {
    return [{ conflict: { a: mine, aIndex: 0, o: base, oIndex: 0, b: theirs, bIndex: 0 } }];
  }
  return diff3Merge(mine, base, theirs);
}

/** The person's lines are those that the merge has and the proposal has not. */
function personsLines(base: string[], mine: string[], theirs: string[], merged: string[]): number[] {
  const both = same(mine, theirs) ? lineChanges(base, mine) : lineChanges(theirs, merged);
  const lines = new Set<number>();
  for (const change of both) {
    for (let i = 0; i < Math.max(1, change.otherCount); i++) {
      lines.add(Math.min(change.otherStart + i, merged.length - 1));
    }
  }
  return [...lines];
}

function stretches(base: string[], mine: string[], theirs: string[]): Stretch[] {
  const changes = [
    ...lineChanges(base, mine).map((change) => ({ side: 'mine' as const, change })),
    ...lineChanges(base, theirs).map((change) => ({ side: 'theirs' as const, change })),
  ].sort((a, b) => a.change.baseStart - b.change.baseStart);
  const found: Stretch[] = [];
  // How far each side's line numbers are ahead of the base's, before the stretch at hand.
  const shift = { mine: 0, theirs: 0 };
  let group: { side: 'mine' | 'theirs'; change: LineChange }[] = [];
  let end = -1;
  const close = () => {
    const first = group[0];
    if (first === undefined) return;
    const start = first.change.baseStart;
    const sides = { mine: [0, 0] as [number, number], theirs: [0, 0] as [number, number] };
    for (const side of ['mine', 'theirs'] as const) {
      const from = start + shift[side];
      for (const item of group) {
        if (item.side === side) shift[side] += item.change.otherCount - item.change.baseCount;
      }
      sides[side] = [from, end + shift[side]];
    }
    found.push({ base: [start, end], ...sides });
    group = [];
  };
  for (const item of changes) {
    if (item.change.baseStart > end) {
      close();
      end = item.change.baseStart;
    }
    end = Math.max(end, item.change.baseStart + item.change.baseCount);
    group.push(item);
  }
  close();
  return found;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

// A spread of a long array overflows the stack.
function push<T>(target: T[], items: readonly T[]): void {
  for (const item of items) target.push(item);
}
