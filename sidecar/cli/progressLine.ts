import type { TurnProgress } from '../protocol/progress.ts';
import { progressText } from '../protocol/progressText.ts';
import { createStatusLine } from './statusLine.ts';

/** Draws a turn's progress on the status line. */
export function createProgressLine(stream: NodeJS.WriteStream): {
  report(progress: TurnProgress): void;
  clear(): void;
} {
  const line = createStatusLine(stream);
  return {
    report(progress) {
      if (progress.phase === 'notice') {
        // Stays: a line of its own.
        line.clear();
        stream.write(`${progress.text}\n`);
        return;
      }
      if (!stream.isTTY && progress.phase === 'checking') return;
      line.show(progressText(progress, 'en').text, progress.phase);
    },
    clear: line.clear,
  };
}
