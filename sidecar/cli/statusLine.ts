/** One line of stderr that says how far a command is: rewritten in a terminal, at most one line in five seconds elsewhere. */
export interface StatusLine {
  /** `phase`: what is going on; a new one is written at once. */
  show(text: string, phase: string): void;
  clear(): void;
}

export function createStatusLine(stream: NodeJS.WriteStream): StatusLine {
  let shownAt = 0;
  let lastPhase = '';
  let drawn = false;
  return {
    show(text, phase) {
      const now = Date.now();
      const interval = stream.isTTY ? 100 : 5000;
      if (phase === lastPhase && now - shownAt < interval) return;
      shownAt = now;
      lastPhase = phase;
      if (!stream.isTTY) {
        stream.write(`${text}\n`);
        return;
      }
      stream.write(`\r\u001b[K${text.slice(0, Math.max(20, stream.columns - 1))}`);
      drawn = true;
    },
    clear() {
      if (drawn) stream.write('\r\u001b[K');
      drawn = false;
    },
  };
}
