import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useTabIndex } from '../markdown/answerContext.ts';

interface Props {
  /** Whether it begins open; what the person does with it stays. */
  open: boolean;
  head: ComponentChildren;
  /** Stands below the row while it is closed. */
  below?: ComponentChildren;
  class?: string;
  /** Drawn only while it is open. */
  children(): ComponentChildren;
}

/** A row that opens: Enter or the arrow to the right opens, the one to the left closes. */
export function Toggle({ open, head, below, class: name = '', children }: Props) {
  const [chosen, choose] = useState<boolean | undefined>(undefined);
  const tabIndex = useTabIndex();
  const shown = chosen ?? open;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight' && !shown) choose(true);
    else if (event.key === 'ArrowLeft' && shown) choose(false);
    else return;
    event.preventDefault();
  };
  return (
    <div class={`toggle ${name}`}>
      <button
        type="button"
        class="toggle-head"
        aria-expanded={shown}
        tabIndex={tabIndex}
        data-row
        onClick={() => choose(!shown)}
        onKeyDown={onKeyDown}
      >
        <span class={`codicon codicon-chevron-right chevron ${shown ? 'turned' : ''}`} aria-hidden="true" />
        {head}
      </button>
      {!shown && below}
      {shown && <div class="toggle-body">{children()}</div>}
    </div>
  );
}
