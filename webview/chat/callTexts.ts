import { duration, wholeDuration } from '../../sidecar/protocol/numbers.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import type { Call } from './view.ts';

/** The row of a call: verb and object. */
export function callTitle({ name, title }: Call): string {
  return name === 'bash' ? t('Run {command}', { command: title }) : title;
}

/** What came of it: "6 hits", "running 12 s", "rejected". */
export function callOutcome(call: Call, elapsedMs: number, language: string): string {
  switch (call.state) {
    case 'running':
      return elapsedMs < 1000 ? words.running : t('running {time}', { time: wholeDuration(elapsedMs, language) });
    case 'rejected':
      return words.rejected;
    case 'ok':
    case 'failed':
      return call.summary;
  }
}

/** How long it took, where that is worth a number. */
export function callTime(call: Pick<Call, 'ms'>, language: string): string {
  return call.ms === undefined || call.ms < 50 ? '' : duration(call.ms, language);
}

/** The line that says what went wrong: a command's last, else the first. */
export function problemLine({ name, result }: Call): string {
  const lines = result.split('\n').filter((line) => line.trim() !== '');
  return (isCommand(name) ? lines.at(-1) : lines[0]) ?? '';
}

export const isCommand = (name: string) => name === 'bash' || name === 'run_tests';
