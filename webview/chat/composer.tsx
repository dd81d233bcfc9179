import { useComputed, useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../sidecar/protocol/translate.ts';
import type { Candidate } from '../protocol.ts';
import { words } from '../words.ts';
import { ContextPicker, optionId, pickerId } from './contextPicker.tsx';
import { post } from './hostApi.ts';
import { mentionAt } from './mention.ts';
import {
  busy,
  candidates,
  context,
  draft,
  focusComposer,
  focusRequests,
  fromEnd,
  platform,
  settings,
  view,
  write,
} from './store.ts';
import { takeData } from './takeData.ts';
import { keyName } from './texts.ts';

/**
 * Where the person writes. Enter sends, Shift+Enter is a new line; during a turn Enter and Alt+Enter steer and queue.
 * Escape in an empty composer stops the turn. @ offers context.
 */
export function Composer() {
  const input = useRef<HTMLTextAreaElement>(null);
  const cursor = useSignal(0);
  const chosen = useSignal(0);
  /** The @-word that Escape closed, by where it begins. */
  const dismissed = useSignal<number | undefined>(undefined);
  const mention = useComputed(() => {
    const found = mentionAt(draft.value, cursor.value);
    return found && found.from !== dismissed.value ? found : null;
  });

  const requests = focusRequests.value;
  useLayoutEffect(() => {
    if (requests > 0) input.current?.focus();
  }, [requests]);

  const query = mention.value?.query;
  useLayoutEffect(() => {
    if (query === undefined) return;
    chosen.value = 0;
    post({ type: 'findCandidates', query });
  }, [query]);

  const send = (queue: boolean) => {
    const text = draft.value.trim();
    if (text === '') return;
    const { whileRunning } = settings.value;
    const other = whileRunning === 'steer' ? 'queue' : 'steer';
    // While its edits are before the person a turn goes on with what they say.
    const usual = view.value.reviewing ? 'steer' : whileRunning;
    post({ type: 'send', text, whenBusy: queue ? other : usual });
    fromEnd.value = undefined;
    write('');
  };

  const stop = () => {
    post({ type: 'stop' });
    focusComposer();
  };

  /** The @-word goes: what was chosen becomes a chip. */
  const add = (candidate: Candidate) => {
    const found = mention.value;
    if (!found) return;
    const rest = draft.value.slice(found.from + 1 + found.query.length).replace(/^ /, '');
    rewrite(`${draft.value.slice(0, found.from)}${rest}`, found.from);
    post({ type: 'addCandidate', id: candidate.id });
  };

  /** A folder is looked into: its path becomes the word. */
  const enter = (candidate: Candidate) => {
    const found = mention.value;
    if (!found) return;
    const path = `${candidate.label.replace(/\/$/, '')}/`;
    const rest = draft.value.slice(found.from + 1 + found.query.length);
    rewrite(`${draft.value.slice(0, found.from + 1)}${path}${rest}`, found.from + 1 + path.length);
  };

  /** Text and cursor at once: the next key may come before the next frame. */
  const rewrite = (text: string, at: number) => {
    write(text);
    cursor.value = at;
    if (!input.current) return;
    input.current.value = text;
    input.current.setSelectionRange(at, at);
  };

  const options = mention.value === null ? [] : (candidates.value?.candidates ?? []);
  const picking = mention.value !== null && candidates.value !== null;

  const pickerKey = (event: KeyboardEvent): boolean => {
    const option = options[chosen.value];
    if (event.key === 'ArrowDown') chosen.value = (chosen.value + 1) % Math.max(1, options.length);
    else if (event.key === 'ArrowUp') chosen.value = (chosen.value - 1 + options.length) % Math.max(1, options.length);
    else if (event.key === 'Escape') dismissed.value = mention.value?.from;
    else if (event.key === 'Enter' && option) add(option);
    else if (event.key === 'Tab' && !event.shiftKey && option) option.kind === 'folder' ? enter(option) : add(option);
    else return false;
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter belongs to it.
    if (event.isComposing) return;
    const empty = draft.value === '';
    if (picking && pickerKey(event)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send(event.altKey);
    } else if (event.key === 'Escape' && empty && busy.value) {
      event.preventDefault();
      stop();
    } else if (event.key === 'ArrowUp' && empty) {
      const last = view.value.waiting.at(-1);
      if (!last) return;
      event.preventDefault();
      post({ type: 'takeBack', messageId: last.id, edit: true });
    } else if (event.key === 'Backspace' && empty) {
      const last = context.value.at(-1);
      if (last) post({ type: 'removeContext', id: last.id });
    }
  };

  const moved = () => {
    cursor.value = input.current?.selectionStart ?? 0;
  };

  return (
    <div class="composer-area">
      {picking && <ContextPicker options={options} chosen={chosen.value} choose={add} />}
      <div class="composer">
        <textarea
          ref={input}
          rows={1}
          aria-label={words.message}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          {...(picking ? { 'aria-controls': pickerId } : {})}
          {...(picking && options.length > 0 ? { 'aria-activedescendant': optionId(chosen.value) } : {})}
          placeholder={busy.value ? words.addToThis : words.describe}
          value={draft.value}
          onInput={({ currentTarget }) => {
            write(currentTarget.value);
            moved();
            if (mentionAt(draft.value, cursor.value) === null) dismissed.value = undefined;
          }}
          onKeyDown={onKeyDown}
          onKeyUp={moved}
          onClick={moved}
          onPaste={(event) => {
            if (takeData(event.clipboardData)) event.preventDefault();
          }}
        />
        {busy.value && (
          <button type="button" class="icon-button" title={words.stopKey} aria-label={words.stop} onClick={stop}>
            <span class="codicon codicon-debug-stop" aria-hidden="true" />
          </button>
        )}
        {(!busy.value || draft.value.trim() !== '') && (
          <button
            type="button"
            class="icon-button"
            title={words.sendKey}
            aria-label={words.send}
            aria-disabled={draft.value.trim() === ''}
            onClick={() => send(false)}
          >
            <span class="codicon codicon-send" aria-hidden="true" />
          </button>
        )}
      </div>
      {busy.value && draft.value.trim() !== '' && <WhileRunningHint />}
    </div>
  );
}

function WhileRunningHint() {
  const queueKey = keyName('queue', platform.value);
  const steers = settings.value.whileRunning === 'steer';
  return (
    <div class="quiet composer-hint">
      {steers ? t('Enter steers, {key} queues', { key: queueKey }) : t('Enter queues, {key} steers', { key: queueKey })}
    </div>
  );
}
