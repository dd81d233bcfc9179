/** Knows whether text that arrives piece by piece stands inside a fenced code block (CommonMark). */
export interface FenceTracker {
  feed(text: string): void;
  inside(): boolean;
  /** Whether `rest`, after what was fed, is still at the start of a line (at most three spaces in). */
  lineStart(rest: string): boolean;
  reset(): void;
}

/** A fence ends at a line with at least as many of its characters and nothing else. */
export function createFenceTracker(): FenceTracker {
  let line = '';
  let fence: string | null = null;

  function endLine(): void {
    const found = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line.replace(/\r$/, ''));
    line = '';
    const run = found?.[1];
    const info = found?.[2] ?? '';
    if (run === undefined) return;
    if (fence === null) {
      if (run.startsWith('~') || !info.includes('`')) fence = run;
    } else if (run[0] === fence[0] && run.length >= fence.length && info.trim() === '') fence = null;
  }

  return {
    feed(text) {
      const parts = text.split('\n');
      for (const [i, part] of parts.entries()) {
        if (i > 0) endLine();
        // Only the start of a line can make it a fence, but all of it can unmake one.
        line = line.length > 1000 ? line : line + part;
      }
    },
    inside: () => fence !== null,
    lineStart: (rest) => /^ {0,3}$/.test(line + rest),
    reset() {
      line = '';
      fence = null;
    },
  };
}
