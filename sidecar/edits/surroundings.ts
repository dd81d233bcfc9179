/** Lines around a part of a file, nearest first. */
export interface Surroundings {
  before: string[];
  after: string[];
}

/** Whole lines around `count` lines from `start`, at most `chars` characters: three quarters before, what is left after. */
export function surroundings(lines: readonly string[], start: number, count: number, chars: number): Surroundings {
  const above = lines.slice(0, start).reverse();
  const below = lines.slice(start + count);
  const first = nearest(above, (chars * 3) / 4);
  const after = nearest(below, chars - first.chars);
  // What the end of the file did not need.
  const before = nearest(above, chars - after.chars);
  return { before: before.lines.reverse(), after: after.lines };
}

function nearest(lines: readonly string[], chars: number): { lines: string[]; chars: number } {
  let used = 0;
  const taken: string[] = [];
  for (const line of lines) {
    if (used + line.length + 1 > chars) break;
    used += line.length + 1;
    taken.push(line);
  }
  return { lines: taken, chars: used };
}
