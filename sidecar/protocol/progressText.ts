import { fileSize, full, percent, rate, wholeDuration } from './numbers.ts';
import type { TurnProgress } from './progress.ts';

/** What stands where the answer will be, and how far it is (0 to 1) where that was measured. */
export interface ProgressText {
  text: string;
  fraction?: number;
}

/** The panel's line for a phase. `done` and `total` of reading count the reused tokens in; the line leaves them out. */
export function progressText(progress: TurnProgress, language: string): ProgressText {
  const left = (ms: number | undefined) => (ms === undefined ? '' : `, ${wholeDuration(ms, language)} left`);
  switch (progress.phase) {
    case 'downloading': {
      const { name, received, total, bytesPerSecond, msLeft } = progress;
      const sizes = `${fileSize(received, language)} of ${fileSize(total, language)}`;
      const speed = bytesPerSecond > 0 ? `, ${fileSize(bytesPerSecond, language)}/s` : '';
      return { text: `Downloading ${name}, ${sizes}${speed}${left(msLeft)}`, fraction: share(received, total) };
    }
    case 'verifying': {
      const fraction = share(progress.done, progress.total);
      return { text: `Checking ${progress.name}, ${percent(fraction, language)}`, fraction };
    }
    case 'unpacking': {
      const fraction = share(progress.done, progress.total);
      return { text: `Unpacking ${progress.name}, ${percent(fraction, language)}`, fraction };
    }
    case 'loading':
      return {
        text: `Loading ${progress.name}, ${percent(progress.fraction, language)}`,
        fraction: progress.fraction,
      };
    case 'queued': {
      const { ahead = 1, waitedMs } = progress;
      const what = ahead > 1 ? `${full(ahead, language)} other answers` : 'another answer';
      return { text: `Waiting for ${what}, ${wholeDuration(waitedMs, language)}` };
    }
    case 'stalled':
      return { text: `Nothing from ${progress.name} for ${wholeDuration(progress.silentMs, language)}: wait or stop` };
    case 'notice':
      return { text: progress.text };
    case 'readingShare':
      return { text: `Reading the prompt, ${percent(progress.fraction, language)}`, fraction: progress.fraction };
    case 'estimated':
      return {
        text: `About ${rate(progress.tokensPerSecond, language)} here: about ${wholeDuration(progress.ms, language)}`,
      };
    case 'reading': {
      const total = Math.max(0, progress.total - progress.reused);
      const done = Math.min(total, Math.max(0, progress.done - progress.reused));
      const reused = progress.reused > 0 ? ` (${full(progress.reused, language)} reused)` : '';
      const counts = `${full(done, language)} of ${full(total, language)} tokens`;
      const what = progress.oneTime ? 'One-time preparation, reading' : 'Reading';
      return { text: `${what} ${counts}${left(progress.msLeft)}${reused}`, fraction: share(done, total) };
    }
    case 'writing':
      return { text: writingText(progress, language) };
    case 'checking':
      return { text: `Checking answer ${full(progress.attempt, language)}` };
    case 'server':
      return { text: progress.title, fraction: share(progress.done, progress.total) };
  }
}

function writingText(progress: Extract<TurnProgress, { phase: 'writing' }>, language: string): string {
  const { form, lines, expectedLines, changes, attempt, tokensPerSecond } = progress;
  const speed = tokensPerSecond > 0 ? `, ${rate(tokensPerSecond, language)}` : '';
  const answer = attempt > 1 ? `answer ${full(attempt, language)}, ` : '';
  if (form === 'edits')
    return `Writing ${answer}change ${full(changes, language)}, ${full(lines, language)} lines${speed}`;
  const of = form === 'file' && expectedLines !== undefined ? ` of about ${full(expectedLines, language)}` : '';
  return `Writing ${answer}line ${full(lines, language)}${of}${speed}`;
}

/** How long one answer takes on this machine: "about 40 s an answer". */
export function estimateText(progress: Extract<TurnProgress, { phase: 'estimated' }>, language: string): string {
  return `about ${wholeDuration(progress.ms, language)} an answer`;
}

/** Before the first sign of progress: how long it has been. */
export function waitingText(model: string, ms: number, language: string): string {
  return `Waiting for ${model || 'the model'}, ${wholeDuration(ms, language)}`;
}

function share(done: number, total: number): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}
