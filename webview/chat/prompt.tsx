import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words.ts';
import { BranchSwitch } from './branchSwitch.tsx';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { SentContext } from './sentContext.tsx';
import { focusComposer } from './store.ts';
import type { Turn } from './view.ts';

/** What the person asked. Edited, it is sent again on a branch that begins before it. */
export function Prompt({ turn }: { turn: Turn }) {
  const [editing, edit] = useState(false);
  const { prompt = '', attached } = turn;
  return (
    <>
      <div class="author">
        <span>{words.you}</span>
        {!editing && (
          <span class="prompt-side">
            <BranchSwitch turn={turn} />
            <span class="prompt-actions">
              <IconButton icon="edit" label={words.editPrompt} onClick={() => edit(true)} inArticle />
            </span>
          </span>
        )}
      </div>
      {editing ? (
        <PromptEditor turn={turn} done={() => edit(false)} />
      ) : (
        <div class="prompt-text" dir="auto">
          {prompt}
        </div>
      )}
      <SentContext attached={attached} />
    </>
  );
}

function PromptEditor({ turn, done }: { turn: Turn; done(): void }) {
  const input = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(turn.prompt ?? '');
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const send = () => {
    if (text.trim() === '') return;
    post({ type: 'resend', events: turn.index, text: text.trim() });
    done();
    focusComposer();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) send();
    else if (event.key === 'Escape') done();
    else {
      // The conversation's keys are the text's here.
      event.stopPropagation();
      return;
    }
    event.stopPropagation();
    event.preventDefault();
  };
  return (
    <div class="prompt-editor">
      <textarea
        ref={input}
        rows={2}
        aria-label={words.editPrompt}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="quiet">{words.sendAgainHint}</div>
      <div class="buttons">
        <button type="button" class="button" onClick={send}>
          {words.sendAgain}
        </button>
        <button type="button" class="button secondary" onClick={done}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}
