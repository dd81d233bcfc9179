import { useLayoutEffect, useRef } from 'preact/hooks';
import { post } from './hostApi.ts';
import { busy, draft, focusRequests, save, scrollTop } from './store.ts';

/** Where the person writes. Enter sends, Shift+Enter is a new line, Escape in an empty composer stops the answer. */
export function Composer() {
  const input = useRef<HTMLTextAreaElement>(null);
  const requests = focusRequests.value;
  useLayoutEffect(() => {
    if (requests > 0) input.current?.focus();
  }, [requests]);

  const write = (text: string) => {
    draft.value = text;
    save();
  };

  const send = () => {
    const prompt = draft.value.trim();
    if (prompt === '' || busy.value) return;
    post({ type: 'send', prompt });
    scrollTop.value = undefined;
    write('');
  };

  const stop = () => {
    post({ type: 'stop' });
    focusRequests.value += 1;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter belongs to it.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && draft.value === '' && busy.value) {
      event.preventDefault();
      stop();
    }
  };

  return (
    <div class="composer">
      <textarea
        ref={input}
        rows={1}
        aria-label="Message"
        placeholder={busy.value ? 'Wait for the answer, or stop it' : 'Ask about your code'}
        value={draft.value}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {busy.value ? (
        <button type="button" class="icon-button" title="Stop (Escape)" aria-label="Stop" onClick={stop}>
          <span class="codicon codicon-debug-stop" aria-hidden="true" />
        </button>
      ) : (
        <button
          type="button"
          class="icon-button"
          title="Send (Enter)"
          aria-label="Send"
          disabled={draft.value.trim() === ''}
          onClick={send}
        >
          <span class="codicon codicon-send" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
