import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { compact, contextSize, full, percent, rate } from '../../sidecar/protocol/numbers.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { BudgetPopup } from './budgetPopup.tsx';
import { post } from './hostApi.ts';
import { useOneStop } from './oneStop.ts';
import { busy, known, language, mode, model, view } from './store.ts';
import { modeNames } from './texts.ts';

/** From this share of the context on the meter warns. */
export const nearlyFull = 0.8;

/** Mode, model, speed, and how much of the context the conversation takes. */
export function Footer() {
  const footer = useRef<HTMLElement>(null);
  const budgetOpen = useSignal(false);
  useOneStop(footer);
  const { name } = model.value;
  const locale = language.value;
  const { speed: now, turns } = view.value;
  const speed = busy.value ? now || (turns.at(-1)?.usage.tokensPerSecond ?? 0) : 0;
  const modeName = modeNames[mode.value];
  const switchText = name === '' ? words.chooseModel : t('Switch Model... {model}', { model: name });
  return (
    <footer class={known.value ? 'footer' : 'footer waiting'} ref={footer} data-group>
      {budgetOpen.value && <BudgetPopup close={() => (budgetOpen.value = false)} />}
      <button
        type="button"
        class="footer-button"
        title={words.switchMode}
        aria-label={t('Switch Mode... {mode}', { mode: modeName })}
        onClick={() => post({ type: 'setMode' })}
      >
        <span>{modeName}</span>
        <span class="codicon codicon-chevron-down" aria-hidden="true" />
      </button>
      <button
        type="button"
        class="footer-button model-button"
        title={switchText}
        aria-label={switchText}
        onClick={() => post({ type: 'switchModel' })}
      >
        <span class="row-title">{name === '' ? words.chooseModel : name}</span>
        <span class="codicon codicon-chevron-down" aria-hidden="true" />
      </button>
      <span class="footer-gap" />
      {speed > 0 && <span class="speed">{rate(speed, locale)}</span>}
      <Meter open={budgetOpen.value} toggle={() => (budgetOpen.value = !budgetOpen.value)} />
    </footer>
  );
}

function Meter({ open, toggle }: { open: boolean; toggle(): void }) {
  const { contextSize: size } = model.value;
  const used = view.value.contextUsed ?? undefined;
  const locale = language.value;
  if (size === undefined || size === 0) return null;
  const share = Math.min(1, (used ?? 0) / size);
  const warns = share >= nearlyFull;
  const total = contextSize(size, locale);
  // Before the first answer of a session nothing is counted.
  const shown =
    used === undefined
      ? t('{size} context', { size: total })
      : t('{done} of {total}', { done: compact(used, locale), total });
  const exact =
    used === undefined
      ? plural(size, { one: '{count} token', other: '{count} tokens' })
      : plural(
          size,
          { one: '{used} of {count} token', other: '{used} of {count} tokens' },
          { used: full(used, locale) },
        );
  return (
    <button
      type="button"
      class={`footer-button budget ${warns ? 'warning' : ''}`}
      title={exact}
      aria-label={listed([
        words.context,
        warns ? words.nearlyFull : '',
        shown,
        exact,
        used === undefined ? '' : percent(share, locale),
      ])}
      aria-expanded={open}
      onClick={toggle}
    >
      <span>
        {warns && <span class="codicon codicon-warning" aria-hidden="true" />}
        {warns && <span class="nearly-full">{words.nearlyFull + t(', ')}</span>}
        {shown}
      </span>
      <progress class="meter" max={1} value={share} aria-hidden="true" />
    </button>
  );
}
