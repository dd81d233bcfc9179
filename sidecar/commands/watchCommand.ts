import { setTimeout as delay } from 'node:timers/promises';
import type { CommandEnd, CommandRequest, WaitReason } from './commandRun.ts';
import { createInputWatch } from './interactive.ts';
import type { OutputText } from './outputText.ts';
import type { Tree } from './processTable.ts';

/** Looks every quarter of a second; settles only when the command is to be stopped. */
export async function watchCommand(
  { limitMs, quietMs = 5000, onWait }: CommandRequest,
  tree: Tree,
  lastOutput: { at: number },
  text: OutputText,
  settled: AbortSignal,
): Promise<CommandEnd> {
  const never = new Promise<CommandEnd>(() => undefined);
  const waitsForInput = createInputWatch(tree);
  let limitFrom = performance.now();
  let lookedAt = 0;
  let lookEvery = 1000;
  let answered: string | null = null;
  const answer = (reason: WaitReason) => onWait(reason, settled).catch(() => 'stop' as const);
  while (!settled.aborted) {
    await delay(Math.min(250, limitMs), undefined, { signal: settled }).catch(() => undefined);
    if (settled.aborted) break;
    const now = performance.now();
    if (now - limitFrom >= limitMs) {
      if ((await answer({ kind: 'limit', ms: limitMs })) === 'stop') return stopBy('limit', settled, never);
      limitFrom = performance.now();
      continue;
    }
    const line = text.lastLine();
    const quiet = now - lastOutput.at;
    if (quiet < quietMs || now - lookedAt < lookEvery || line === answered) continue;
    // The first two looks tell most; then a long silence costs little.
    lookEvery = quiet < quietMs + 3000 ? 1000 : Math.min(lookEvery * 2, 10_000);
    lookedAt = now;
    const waits = await waitsForInput(line);
    if (waits === null || settled.aborted) continue;
    // A terminal that it made for itself: nobody can type there. A line that looks like a question may be none.
    if (waits === 'terminal') return stopBy('input', settled, never);
    if ((await answer({ kind: 'input', line })) === 'stop') return stopBy('input', settled, never);
    answered = line;
  }
  return never;
}

/** An answer that came after the end changes nothing. */
const stopBy = (by: 'limit' | 'input', settled: AbortSignal, never: Promise<CommandEnd>) =>
  settled.aborted ? never : Promise.resolve<CommandEnd>({ kind: 'stopped', by });
