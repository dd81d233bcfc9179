import { FirstRunChoice } from './firstRunChoice.tsx';
import { firstRun, known, model } from './store.ts';
import { emptyText } from './texts.ts';

/** Before the first prompt: what this is for, or the choice of a model. */
export function EmptyConversation() {
  if (!known.value) return null;
  if (firstRun.value) return <FirstRunChoice offer={firstRun.value} />;
  return <p class="first-run">{emptyText(model.value)}</p>;
}
