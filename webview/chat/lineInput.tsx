import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words.ts';

interface Props {
  label: string;
  value: string;
  placeholder?: string;
  /** Of the button that sends it. */
  action: string;
  send(text: string): void;
  cancel(): void;
  code?: boolean;
}

/** One line to write, which was asked for by a press: it takes the focus. Enter sends, Escape goes back. */
export function LineInput({ label, value, placeholder, action, send, cancel, code = false }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const done = () => text.trim() !== '' && send(text.trim());
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Enter') done();
    else if (event.key === 'Escape') cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="line-input">
      <input
        ref={input}
        type="text"
        class={code ? 'code-input' : ''}
        aria-label={label}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(code ? { dir: 'ltr', spellcheck: false } : {})}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="buttons">
        <button type="button" class="button" onClick={done}>
          {action}
        </button>
        <button type="button" class="button secondary" onClick={cancel}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}
