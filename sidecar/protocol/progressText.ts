import { fileSize, full, percent, rate, wholeDuration } from './numbers.ts';
import type { TurnProgress } from './progress.ts';
import { listed, plural, t } from './translate.ts';

/** What stands where the answer will be, and how far it is (0 to 1) where that was measured. */
export interface ProgressText {
  text: string;
  fraction?: number;
}

/** The panel's line for a phase. `done` and `total` of reading count the reused tokens in; the line leaves them out. */
export function progressText(progress: TurnProgress, language: string): ProgressText {
  const left = (ms: number | undefined) =>
    ms === undefined ? '' : t('{time} left', { time: wholeDuration(ms, language) });
  switch (progress.phase) {
    case 'downloading': {
      const { name, received, total, bytesPerSecond, msLeft } = progress;
      const sizes = t('{done} of {total}', { done: fileSize(received, language), total: fileSize(total, language) });
      const speed = bytesPerSecond > 0 ? t('{size}/s', { size: fileSize(bytesPerSecond, language) }) : '';
      const text = listed([t('Downloading {name}', { name }), sizes, speed, left(msLeft)]);
      return { text, fraction: share(received, total) };
    }
    case 'verifying': {
      const fraction = share(progress.done, progress.total);
      return { text: listed([t('Checking {name}', { name: progress.name }), percent(fraction, language)]), fraction };
    }
    case 'unpacking': {
      const fraction = share(progress.done, progress.total);
      return { text: listed([t('Unpacking {name}', { name: progress.name }), percent(fraction, language)]), fraction };
    }
    case 'loading': {
      const { name, fraction } = progress;
      return { text: listed([t('Loading {name}', { name }), percent(fraction, language)]), fraction };
    }
    case 'queued': {
      const { ahead = 1, waitedMs } = progress;
      const what =
        ahead > 1
          ? plural(ahead, { one: 'Waiting for {count} other answer', other: 'Waiting for {count} other answers' })
          : t('Waiting for another answer');
      return { text: listed([what, wholeDuration(waitedMs, language)]) };
    }
    case 'stalled': {
      const values = { name: progress.name, time: wholeDuration(progress.silentMs, language) };
      return { text: t('Nothing from {name} for {time}: wait or stop', values) };
    }
    case 'notice':
      return { text: progress.text };
    case 'readingShare': {
      const { fraction } = progress;
      return { text: listed([t('Reading the prompt'), percent(fraction, language)]), fraction };
    }
    case 'estimated': {
      const values = { rate: rate(progress.tokensPerSecond, language), time: wholeDuration(progress.ms, language) };
      return { text: t('About {rate} here: about {time}', values) };
    }
    case 'reading': {
      const total = Math.max(0, progress.total - progress.reused);
      const done = Math.min(total, Math.max(0, progress.done - progress.reused));
      const text = listed([readingText(progress.oneTime ?? false, done, total, language), left(progress.msLeft)]);
      const fraction = share(done, total);
      if (progress.reused === 0) return { text, fraction };
      return { text: t('{text} ({count} reused)', { text, count: full(progress.reused, language) }), fraction };
    }
    case 'writing':
      return { text: writingText(progress, language) };
    case 'checking':
      return { text: t('Checking answer {number}', { number: full(progress.attempt, language) }) };
    case 'server':
      return { text: progress.title, fraction: share(progress.done, progress.total) };
  }
}

function readingText(oneTime: boolean, read: number, total: number, language: string): string {
  const done = full(read, language);
  return oneTime
    ? plural(
        total,
        {
          one: 'One-time preparation, reading {done} of {count} token',
          other: 'One-time preparation, reading {done} of {count} tokens',
        },
        { done },
      )
    : plural(total, { one: 'Reading {done} of {count} token', other: 'Reading {done} of {count} tokens' }, { done });
}

function writingText(progress: Extract<TurnProgress, { phase: 'writing' }>, language: string): string {
  const { form, lines, expectedLines, changes, attempt, tokensPerSecond } = progress;
  const line = full(lines, language);
  const speed = tokensPerSecond > 0 ? rate(tokensPerSecond, language) : '';
  const place =
    form === 'edits'
      ? listed([
          t('change {number}', { number: full(changes, language) }),
          plural(lines, { one: '{count} line', other: '{count} lines' }),
        ])
      : form === 'file' && expectedLines !== undefined
        ? t('line {number} of about {total}', { number: line, total: full(expectedLines, language) })
        : t('line {number}', { number: line });
  const what = attempt > 1 ? listed([t('answer {number}', { number: full(attempt, language) }), place]) : place;
  return listed([t('Writing {what}', { what }), speed]);
}

/** How long one answer takes on this machine: "about 40 s an answer". */
export function estimateText(progress: Extract<TurnProgress, { phase: 'estimated' }>, language: string): string {
  return t('about {time} an answer', { time: wholeDuration(progress.ms, language) });
}

/** Before the first sign of progress: how long it has been. */
export function waitingText(model: string, ms: number, language: string): string {
  const what = model === '' ? t('Waiting for the model') : t('Waiting for {model}', { model });
  return listed([what, wholeDuration(ms, language)]);
}

function share(done: number, total: number): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}
