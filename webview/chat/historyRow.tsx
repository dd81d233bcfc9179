import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import type { PanelSummary } from '../protocol.ts';
import { words } from '../words.ts';
import { Comma } from './comma.tsx';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { LineInput } from './lineInput.tsx';
import { language, sessionId } from './store.ts';
import { clock, stateTexts } from './texts.ts';

interface Props {
  session: PanelSummary;
  /** The row that Tab reaches. */
  current: boolean;
  renaming: boolean;
  rename(on: boolean): void;
  focused(): void;
  open(): void;
  remove(): void;
  undo(): void;
}

const icons: Partial<Record<PanelSummary['state'], string>> = {
  running: 'loading codicon-modifier-spin',
  interrupted: 'warning',
  waits: 'git-pull-request-draft',
  asks: 'bell-dot',
  steps: 'debug-pause',
  stuck: 'debug-pause',
  failed: 'error',
};

/** A session in the history: Enter opens it, F2 renames it in place, Delete deletes it; for a while it can be taken back. */
export function HistoryRow({ session, current, renaming, rename, focused, open, remove, undo }: Props) {
  const { id, title, state, changedAt, openElsewhere, excerpt, branches = 1, removed } = session;
  const name = title === '' ? words.untitled : title;
  const time = clock(changedAt, language.value);
  const states = [
    stateTexts[state],
    branches > 1 ? plural(branches, { one: '{count} version', other: '{count} versions' }) : '',
    openElsewhere ? words.openElsewhere : '',
  ].filter(Boolean);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'F2') rename(true);
    else if (event.key === 'Delete') remove();
    else return;
    event.preventDefault();
  };
  if (renaming) {
    return (
      <li class="session">
        <LineInput
          label={words.newTitle}
          value={title}
          action={words.rename}
          send={(text) => {
            post({ type: 'renameSession', sessionId: id, title: text });
            rename(false);
          }}
          cancel={() => rename(false)}
        />
      </li>
    );
  }
  const tabIndex = current ? 0 : -1;
  if (removed) {
    return (
      <li class="session removed-session">
        <span class="row-title">{`${words.deleted}: ${name}`}</span>
        <button
          type="button"
          class="button secondary"
          data-session={id}
          tabIndex={tabIndex}
          onFocus={focused}
          onClick={undo}
        >
          {words.undo}
        </button>
      </li>
    );
  }
  return (
    <li class={`session ${state}`}>
      <button
        type="button"
        class="session-open"
        data-session={id}
        tabIndex={tabIndex}
        onKeyDown={onKeyDown}
        onFocus={focused}
        onClick={open}
        {...(id === sessionId.value ? { 'aria-current': true } : {})}
      >
        <span class={`codicon ${icons[state] ? `codicon-${icons[state]}` : ''} session-mark`} aria-hidden="true" />
        <span class="session-text">
          <span class="row-title" dir="auto">
            {name}
          </span>
          {(states.length > 0 || excerpt !== undefined) && <Comma />}
          {(states.length > 0 || excerpt !== undefined) && (
            <span class="quiet session-detail" dir="auto">
              {excerpt ?? listed(states)}
            </span>
          )}
        </span>
        <Comma />
        <span class="quiet session-time">{time}</span>
      </button>
      <span class="session-actions">
        <IconButton icon="edit" label={t('Rename {name}', { name })} onClick={() => rename(true)} />
        <IconButton icon="trash" label={t('Delete {name}', { name })} onClick={remove} />
      </span>
    </li>
  );
}
