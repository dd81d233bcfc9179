import { words } from '../words.ts';
import { ProgressRow } from './progressRow.tsx';
import { hostProgress, pending, view } from './store.ts';
import type { Turn } from './view.ts';

/** At the end of a turn that runs: what is done now, unless that can be seen above or the person is waited for. */
export function TurnProgressRow({ turn }: { turn: Turn }) {
  const progress = view.value.progress ?? hostProgress.value;
  const last = turn.steps.at(-1);
  const writing = last?.kind === 'answer' && last.open;
  // The text itself shows that it is being written; a silence is not seen in it, nor a call behind it.
  if (writing && progress?.phase !== 'stalled' && progress?.phase !== 'writing') return null;
  if (last?.kind === 'call' && last.state === 'running' && progress === null) return null;
  if (pending.value !== null || view.value.reviewing) return null;
  return <ProgressRow progress={progress} model={turn.model || words.devstral} since={turn.lastAt} />;
}
