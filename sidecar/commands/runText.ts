import { duration } from '../protocol/numbers.ts';
import { displayLanguage, listed, t } from '../protocol/translate.ts';
import type { CommandEnd, CommandRun } from './commandRun.ts';
import { inputAdvice } from './interactive.ts';
import { durationText } from './runInWorkspace.ts';

/** What the model reads of a run: output, then how it ended and what to do about it, a line each. Pure. */
export function runText({ end, output, ms, wanted, background }: CommandRun, note: string | null): string {
  const lines = [output || '(no output)', `[${endText(end)}, ${durationText(ms)}]`];
  if (wanted !== null) lines.push(wanted === 'read' ? inputAdvice : `It wanted input (${wanted}). ${inputAdvice}`);
  else if (end.kind === 'stopped' && end.by === 'input') lines.push(inputAdvice);
  if (end.kind === 'stopped' && end.by === 'limit') {
    lines.push('Give a longer timeout, do less at once, or start it in the background with its output in a file.');
  }
  for (const { pid, commandLine } of background)
    lines.push(`[still runs in the background: ${commandLine}, pid ${pid}]`);
  if (note) lines.push(note);
  return lines.join('\n');
}

/** For the card: "exit 1, 3.2 s". Pure. */
export const runSummary = ({ end, ms }: CommandRun) =>
  listed([endSummary(end), duration(ms, displayLanguage())]).slice(0, 60);

function endSummary(end: CommandEnd): string {
  switch (end.kind) {
    case 'exited':
      return t('exit {code}', { code: end.code });
    case 'signalled':
      return t('killed by {signal}', { signal: end.signal });
    case 'notStarted':
      return t('not started');
    case 'stopped':
      return t(stops[end.by]);
  }
}

/** @texts */
const stops = {
  person: 'stopped by the person',
  limit: 'stopped at the time limit',
  input: 'stopped: it waited for input',
};

/** For the model. */
function endText(end: CommandEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exit ${end.code}`;
    case 'signalled':
      return `killed by ${end.signal}`;
    case 'notStarted':
      return `not started: ${end.reason}`;
    case 'stopped':
      return stops[end.by];
  }
}
