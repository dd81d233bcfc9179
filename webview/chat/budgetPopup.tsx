import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { full, percent } from '../../sidecar/protocol/numbers.ts';
import { listed, plural } from '../../sidecar/protocol/translate.ts';
import type { Budget } from '../protocol.ts';
import { words } from '../words.ts';
import { say } from './announcements.ts';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { budget, busy, draft, dropped, language } from './store.ts';
import { condensedText, droppedText } from './texts.ts';

/** The draft has to rest so long before it is counted again, in milliseconds. */
const settled = 300;

/** What the next prompt is made of, in tokens, and what condensing would free. */
export function BudgetPopup({ close }: { close(): void }) {
  const popup = useRef<HTMLFieldSetElement>(null);
  const watching = useRef(false);
  const text = draft.value;
  useLayoutEffect(() => {
    const watch = () => post({ type: 'watchBudget', draft: text });
    // At once when it opens, then when the person pauses.
    if (!watching.current) {
      watching.current = true;
      watch();
      return;
    }
    const timer = setTimeout(watch, settled);
    return () => clearTimeout(timer);
  }, [text]);
  useLayoutEffect(
    () => () => {
      post({ type: 'watchBudget', draft: null });
      dropped.value = undefined;
    },
    [],
  );
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      const meter = popup.current?.parentElement?.querySelector<HTMLElement>('.budget');
      close();
      meter?.focus();
    };
    document.addEventListener('keydown', onKeyDown, true);
    return () => document.removeEventListener('keydown', onKeyDown, true);
  }, []);
  const value = budget.value;
  /** Tokens before the condensation that was asked for here. */
  const before = useSignal<number | null>(null);
  const condense = () => {
    before.value = value && usedOf(value);
    dropped.value = undefined;
    post({ type: 'condense' });
  };
  const after = value && before.value !== null && !busy.value ? usedOf(value) : null;
  const result =
    after !== null && before.value !== null && after < before.value ? ([before.value, after] as const) : null;
  const said = useRef(false);
  useLayoutEffect(() => {
    if (result && !said.current) say(condensedText(...result, language.value));
    said.current = result !== null;
  }, [result !== null]);
  return (
    <fieldset class="popup budget-popup" aria-label={words.context} ref={popup}>
      {value === null ? <div class="quiet popup-note">{words.notCounted}</div> : <Parts value={value} />}
      {result && <div class="condensed-result">{condensedText(...result, language.value)}</div>}
      <DroppedTurns />
      <div class="popup-buttons">
        {value !== null && value.condensable > 0 && !busy.value && (
          <>
            {dropped.value === undefined && (
              <button type="button" class="button secondary" onClick={() => post({ type: 'previewCondense' })}>
                {words.preview}
              </button>
            )}
            <button type="button" class="button secondary" onClick={condense}>
              {words.condense}
            </button>
          </>
        )}
        <IconButton icon="close" label={words.close} onClick={close} />
      </div>
    </fieldset>
  );
}

const usedOf = ({ system, rules, files, message, conversation }: Budget) =>
  system + rules + files + message + conversation;

/** What would go, turn by turn; the summary that takes its place is not counted. */
function DroppedTurns() {
  const turns = dropped.value;
  const locale = language.value;
  if (turns === undefined) return null;
  if (turns === null || turns.length === 0) return <div class="quiet popup-note">{words.nothingDropped}</div>;
  return (
    <>
      <div class="popup-head dropped-head">{droppedText(turns)}</div>
      <table class="parts dropped" aria-label={words.droppedTurns}>
        <tbody>
          {turns.map(({ turn, text, tokens, inPart }) => (
            <tr key={turn}>
              <th scope="row">
                {inPart && <span class="quiet">{`${words.inPart}, `}</span>}
                <span dir="auto">{`${turn} ${text}`}</span>
              </th>
              <td>{full(tokens, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Parts({ value }: { value: Budget }) {
  const locale = language.value;
  const { system, rules, files, message, conversation, answer, size, condensable, exact } = value;
  const used = usedOf(value);
  const row = (label: string, tokens: number) => (
    <tr key={label}>
      <th scope="row">{label}</th>
      <td>{full(tokens, locale)}</td>
    </tr>
  );
  return (
    <>
      <div class="popup-head">{headText(used, size, exact, locale)}</div>
      {size !== null && (
        <div class="stack" aria-hidden="true">
          <progress class="meter" max={size} value={Math.min(size, used + answer)} />
          <progress class="meter over" max={size} value={Math.min(size, used)} />
        </div>
      )}
      <table class="parts">
        <tbody>
          {row(words.partSystem, system)}
          {rules > 0 && row(words.partRules, rules)}
          {row(words.partFiles, files)}
          {message > 0 && row(words.partMessage, message)}
          {row(words.partConversation, conversation)}
          {row(words.partAnswer, answer)}
        </tbody>
      </table>
      {condensable > 0 && (
        <div class="quiet">
          {plural(condensable, {
            one: 'Condensing frees about {count} token.',
            other: 'Condensing frees about {count} tokens.',
          })}
        </div>
      )}
    </>
  );
}

/** "about 1,312 of 8,192 tokens, 16%"; without the size where it is not known. */
function headText(used: number, size: number | null, exact: boolean, locale: string): string {
  if (size === null) {
    return exact
      ? plural(used, { one: '{count} token', other: '{count} tokens' })
      : plural(used, { one: 'about {count} token', other: 'about {count} tokens' });
  }
  const values = { used: full(used, locale) };
  const text = exact
    ? plural(size, { one: '{used} of {count} token', other: '{used} of {count} tokens' }, values)
    : plural(size, { one: 'about {used} of {count} token', other: 'about {used} of {count} tokens' }, values);
  return listed([text, percent(used / size, locale)]);
}
