/** Lines of one file that no test ran, ascending, and how many could be run. */
export interface FileCoverage {
  file: string;
  missing: number[];
  lines: number;
}

/** How often each line of each file ran, added up: a report may name a line several times. */
export class LineHits {
  #byFile = new Map<string, Map<number, number>>();

  add(file: string, line: number, hits: number) {
    const lines = this.#byFile.get(file) ?? new Map<number, number>();
    this.#byFile.set(file, lines);
    lines.set(line, (lines.get(line) ?? 0) + hits);
  }

  files(): FileCoverage[] {
    return [...this.#byFile].map(([file, lines]) => {
      const missing = [...lines].filter(([, count]) => count === 0).map(([line]) => line);
      return { file, missing: missing.sort((one, other) => one - other), lines: lines.size };
    });
  }
}
