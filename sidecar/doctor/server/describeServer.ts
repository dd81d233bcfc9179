import type { TurnProgress } from '../../protocol/progress.ts';
import { type Check, checksText } from '../checks.ts';
import { checkServer, type ServerCheckOptions } from './checkServer.ts';

/** The checks of a server as a text to read; an empty one if it was cancelled. */
export async function describeServer(
  options: ServerCheckOptions,
  report: (progress: TurnProgress) => void,
  signal: AbortSignal,
): Promise<{ text: string; failed: number }> {
  const checks: Check[] = [];
  for await (const event of checkServer(options, signal)) {
    if (event.type === 'check') checks.push(event.check);
    else report({ phase: 'server', title: event.title, done: event.done, total: event.total });
  }
  if (signal.aborted) return { text: '', failed: 0 };
  return { text: checksText(checks), failed: checks.filter(({ state }) => state === 'fail').length };
}
