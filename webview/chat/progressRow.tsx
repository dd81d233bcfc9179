import { percent } from '../../sidecar/protocol/numbers.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import { progressText, waitingText } from '../../sidecar/protocol/progressText.ts';
import { words } from '../words.ts';
import { shortestWait, useElapsed } from './elapsed.ts';
import { language } from './store.ts';

interface Props {
  progress: TurnProgress | null;
  model: string;
  /** When the wait began, in ms since 1970. */
  since: number;
}

/** Stands where the answer will be: what the model is doing, in measured numbers. */
export function ProgressRow({ progress, model, since }: Props) {
  const waited = useElapsed(since);
  if (waited < shortestWait && progress === null) return null;

  const locale = language.value;
  const { text, fraction } = progress
    ? progressText(progress, locale)
    : { text: waitingText(model, waited, locale), fraction: undefined };
  return (
    <div class="progress">
      <div class="progress-text">{text}</div>
      {fraction !== undefined && (
        <div class="progress-line">
          <progress
            aria-label={progress?.phase === 'reading' ? words.readingPrompt : words.gettingReady}
            aria-valuetext={text}
            max={100}
            value={Math.floor(fraction * 100)}
          />
          <span class="progress-percent" aria-hidden="true">
            {percent(fraction, locale)}
          </span>
        </div>
      )}
    </div>
  );
}
