import { useState } from 'preact/hooks';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import type { FirstRun } from '../protocol.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { language } from './store.ts';

/** The first thing that a person sees: at most three models that fit this computer, or a file, or a server. */
export function FirstRunChoice({ offer }: { offer: FirstRun }) {
  const best = offer.choices.find(({ recommended }) => recommended) ?? offer.choices[0];
  const [chosen, choose] = useState(best?.id);
  const start = () => chosen !== undefined && post({ type: 'startModel', id: chosen });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    start();
  };
  return (
    <section class="first-run-choice" aria-label={words.chooseModel} data-group>
      <p>{words.runsHere}</p>
      <p class="quiet">{t('Found: {machine}', { machine: offer.machine })}</p>
      {offer.choices.length > 0 && (
        <div class="choices" role="radiogroup" aria-label={words.model}>
          {offer.choices.map(({ id, title, detail, recommended, bytes }) => (
            <label key={id} class="choice">
              <input
                type="radio"
                name="model"
                checked={chosen === id}
                onChange={() => choose(id)}
                onKeyDown={onKeyDown}
              />
              <span class="choice-text">
                <span class="choice-title">
                  {title}
                  {recommended && <span class="quiet">{` ${words.recommended}`}</span>}
                </span>
                <span class="quiet">{listed([fileSize(bytes, language.value), detail])}</span>
              </span>
            </label>
          ))}
        </div>
      )}
      <button type="button" class="button wide" disabled={chosen === undefined} onClick={start}>
        {words.downloadAndStart}
      </button>
      <div class="links">
        <button type="button" class="text-button" onClick={() => post({ type: 'useFile' })}>
          {words.useFile}
        </button>
        <button type="button" class="text-button" onClick={() => post({ type: 'addServer' })}>
          {words.useServer}
        </button>
      </div>
    </section>
  );
}
