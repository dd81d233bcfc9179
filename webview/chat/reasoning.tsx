import { wholeDuration } from '../../sidecar/protocol/numbers.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { language, settings } from './store.ts';
import { Toggle } from './toggle.tsx';
import type { Answer } from './view.ts';

/** What the model thought before it answered: one row, and the text below it when opened. */
export function Reasoning({ answer }: { answer: Answer }) {
  const { reasoning, reasoningMs, open, text } = answer;
  const how = settings.value.reasoning;
  if (reasoning === '' || how === 'hidden') return null;
  const thinking = open && text === '' && reasoningMs === undefined;
  // Where nobody saw how long it took, nothing is said about it.
  const thought =
    reasoningMs === undefined
      ? words.thought
      : t('Thought for {time}', { time: wholeDuration(Math.max(1000, reasoningMs), language.value) });
  const head = thinking ? words.thinking : thought;
  return (
    <Toggle class="reasoning quiet" open={how === 'open'} head={<span class="row-title">{head}</span>}>
      {() => <div class="reasoning-text">{reasoning.trim()}</div>}
    </Toggle>
  );
}
