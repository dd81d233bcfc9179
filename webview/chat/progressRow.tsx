import { useEffect, useState } from 'preact/hooks';
import { percent } from '../../sidecar/protocol/numbers.ts';
import { progressText, waitingText } from '../../sidecar/protocol/progressText.ts';
import type { Turn } from '../protocol.ts';
import { language } from './store.ts';

/** A wait is not worth a line until it has lasted this long, in milliseconds. */
const hiddenFor = 300;

/** Stands where the answer will be: what the model is doing, in measured numbers. */
export function ProgressRow({ turn }: { turn: Turn }) {
  const [waited, setWaited] = useState(Math.max(0, Date.now() - turn.startedAt));
  useEffect(() => {
    const tick = () => setWaited(Date.now() - turn.startedAt);
    const first = setTimeout(tick, hiddenFor);
    const later = setInterval(tick, 1000);
    return () => {
      clearTimeout(first);
      clearInterval(later);
    };
  }, [turn.startedAt]);
  if (waited < hiddenFor) return null;

  const locale = language.value;
  const { text, fraction } = turn.progress
    ? progressText(turn.progress, locale)
    : { text: waitingText(turn.model, waited, locale), fraction: undefined };
  return (
    <div class="progress">
      <div class="progress-text">{text}</div>
      {fraction !== undefined && (
        <div class="progress-line">
          <div
            class="progress-bar"
            role="progressbar"
            aria-label={turn.progress?.phase === 'reading' ? 'Reading the prompt' : 'Getting the model ready'}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.floor(fraction * 100)}
            aria-valuetext={text}
          >
            <div class="progress-fill" style={{ inlineSize: `${fraction * 100}%` }} />
          </div>
          <span class="progress-percent" aria-hidden="true">
            {percent(fraction, locale)}
          </span>
        </div>
      )}
    </div>
  );
}
