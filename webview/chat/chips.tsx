import { useRef } from 'preact/hooks';
import type { ContextChip } from '../protocol.ts';
import { post } from './hostApi.ts';
import { context, focusRequests } from './store.ts';

const icons: Record<ContextChip['kind'], string> = { activeFile: 'file-code', file: 'file', selection: 'selection' };

/** What goes with the next prompt. One tab stop; the arrow keys walk inside, Delete removes. */
export function Chips() {
  const list = useRef<HTMLUListElement>(null);
  const chips = context.value;

  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step !== 0) buttons[at + step]?.focus();
    else if (event.key === 'Delete' || event.key === 'Backspace') buttons[at]?.click();
    else if (event.key === 'Escape') focusRequests.value += 1;
    else return;
    event.preventDefault();
  };

  const remove = (chip: ContextChip, index: number) => {
    // The chip goes away with the focus: the next one takes it, else the composer.
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('.chip button') ?? [])];
    const next = buttons[index + 1] ?? buttons[index - 1];
    if (next) next.focus();
    else focusRequests.value += 1;
    post({ type: 'removeContext', id: chip.id });
  };

  return (
    <ul class="chips" aria-label="Context of the next message" ref={list} onKeyDown={onKeyDown}>
      {chips.map((chip, index) => (
        <li key={chip.id} class="chip" title={chip.path}>
          <span class={`codicon codicon-${icons[chip.kind]}`} aria-hidden="true" />
          <span class="chip-label">{chip.label}</span>
          <button
            type="button"
            class="chip-remove"
            title={`Remove ${chip.label}`}
            aria-label={`Remove ${chip.label}`}
            tabIndex={index === 0 ? 0 : -1}
            onClick={() => remove(chip, index)}
          >
            <span class="codicon codicon-close" aria-hidden="true" />
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          class="icon-button"
          title="Add Context..."
          aria-label="Add Context..."
          tabIndex={chips.length === 0 ? 0 : -1}
          onClick={() => post({ type: 'addContext' })}
        >
          <span class="codicon codicon-add" aria-hidden="true" />
        </button>
      </li>
    </ul>
  );
}
