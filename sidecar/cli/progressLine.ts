import type { TurnProgress } from '../protocol/progress.ts';
import { progressText } from '../protocol/progressText.ts';

/** Draws progress on one line of stderr: rewritten in a terminal, at most one line in five seconds elsewhere. */
export function createProgressLine(stream: NodeJS.WriteStream): {
  report(progress: TurnProgress): void;
  clear(): void;
} {
  let shownAt = 0;
  let lastPhase = '';
  let drawn = false;
  return {
    report(progress) {
      const now = Date.now();
      const interval = stream.isTTY ? 100 : 5000;
      const same = progress.phase === lastPhase;
      if (same && now - shownAt < interval) return;
      if (!stream.isTTY && progress.phase === 'checking') return;
      shownAt = now;
      lastPhase = progress.phase;
      const { text } = progressText(progress, 'en');
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
