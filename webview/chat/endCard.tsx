import { useTabIndex } from '../markdown/answerContext.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { busy, continues, focusComposer, staged } from './store.ts';
import { endTexts } from './texts.ts';
import type { Turn } from './view.ts';

/** How a turn ended where it was not simply done: at its limit, going round, stopped, or cut off with its process. */
export function EndCard({ turn, newest }: { turn: Turn; newest: boolean }) {
  const tabIndex = useTabIndex();
  if (busy.value && newest) return null;
  const reason = turn.end?.reason ?? (newest && continues.value ? 'interrupted' : undefined);
  const goOn = (
    <button
      type="button"
      class="button"
      tabIndex={tabIndex}
      onClick={() => {
        post({ type: 'continue' });
        focusComposer();
      }}
    >
      {words.continue}
    </button>
  );
  if (reason === 'stopped') {
    return (
      <div class="stopped">
        <span class="quiet">{words.stopped}</span>
        {newest && goOn}
      </div>
    );
  }
  if (reason !== 'steps' && reason !== 'stuck' && reason !== 'interrupted') return null;
  const { title, sentence } = endTexts[reason];
  return (
    <fieldset class="card end-card" aria-label={title} data-group>
      <div class="card-title">
        <span class="codicon codicon-warning" aria-hidden="true" />
        <span>{title}</span>
      </div>
      <div class="card-sentence">{sentence}</div>
      {newest && (
        <div class="buttons">
          {goOn}
          {reason !== 'interrupted' && (
            <button type="button" class="button secondary" tabIndex={tabIndex} onClick={focusComposer}>
              {words.giveHint}
            </button>
          )}
          {reason !== 'interrupted' && staged.value !== null && (
            <button
              type="button"
              class="button secondary"
              tabIndex={tabIndex}
              onClick={() => post({ type: 'openReview' })}
            >
              {words.reviewChanges}
            </button>
          )}
        </div>
      )}
    </fieldset>
  );
}
