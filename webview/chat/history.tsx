import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { say } from './announcements.ts';
import { byDay } from './historyDays.ts';
import { HistoryRow } from './historyRow.tsx';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { face, focusComposer, language, sessionId, sessions } from './store.ts';

/** The search waits for a pause in the typing. */
const settled = 150;

/** All sessions of the workspace, by day, with a search over titles and texts. `column`: beside the conversation. */
export function History({ column = false }: { column?: boolean }) {
  const listed = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const query = useSignal('');
  const current = useSignal<string | undefined>(undefined);
  const renaming = useSignal<string | undefined>(undefined);
  /** The one that was deleted last. */
  const removed = useRef<string | undefined>(undefined);
  const locale = language.value;

  const asked = face.value === 'history';
  useLayoutEffect(() => {
    if (asked) search.current?.focus();
  }, [asked]);
  useLayoutEffect(() => {
    const list = () => post({ type: 'listSessions', query: query.value });
    if (query.value === '') {
      list();
      return;
    }
    const wait = setTimeout(list, settled);
    return () => clearTimeout(wait);
  }, [query.value]);

  const answered = sessions.value;
  const shown = answered?.sessions ?? [];
  const kept = shown.filter(({ removed: gone }) => !gone).length;
  useLayoutEffect(() => {
    if (answered && answered.query !== '')
      say(plural(shown.length, { one: '{count} session found', other: '{count} sessions found' }));
  }, [answered]);

  const back = () => {
    face.value = 'conversation';
    focusComposer();
  };
  const open = (id: string) => {
    face.value = 'conversation';
    if (id !== sessionId.value) post({ type: 'openSession', sessionId: id });
    focusComposer();
  };
  const remove = (id: string) => {
    removed.current = id;
    post({ type: 'removeSession', sessionId: id });
    say(t('Deleted, Undo available'));
  };
  const undo = (sessionId: string) => post({ type: 'undoRemove', sessionId });
  const focusRow = (id: string | undefined) => {
    current.value = id;
    const row = [...(listed.current?.querySelectorAll<HTMLElement>('[data-session]') ?? [])];
    const next = row.find((element) => element.dataset.session === id);
    if (next) next.focus();
    else search.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    const at = shown.findIndex(({ id }) => id === current.value);
    const inSearch = event.target === search.current;
    if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !inSearch) {
      const here = shown[at]?.removed ? shown[at].id : removed.current;
      if (here !== undefined) undo(here);
    } else if (event.key === 'Escape') back();
    else if (event.key === 'ArrowDown') focusRow(shown[inSearch ? 0 : Math.min(at + 1, shown.length - 1)]?.id);
    else if (event.key === 'ArrowUp' && !inSearch) focusRow(shown[at - 1]?.id);
    else return;
    event.preventDefault();
  };

  const stop = shown.find(({ id }) => id === current.value)?.id ?? shown[0]?.id;
  const Place = column ? 'aside' : 'main';
  return (
    <Place
      class={`history ${column ? 'column' : ''}`}
      {...(column ? { 'aria-label': words.sessions } : {})}
      onKeyDown={onKeyDown}
      data-group
    >
      <header class="history-head">
        {!column && <IconButton icon="arrow-left" label={words.back} onClick={back} />}
        <h2>{words.sessions}</h2>
        <input
          ref={search}
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          value={query.value}
          onInput={({ currentTarget }) => {
            query.value = currentTarget.value;
          }}
        />
      </header>
      <div class="history-list" ref={listed}>
        {byDay(shown, Date.now(), locale).map(({ day, sessions: ofDay }) => (
          <section key={day} aria-label={day}>
            <h3>{day}</h3>
            <ul>
              {ofDay.map((session) => (
                <HistoryRow
                  key={session.id}
                  session={session}
                  current={session.id === stop}
                  renaming={renaming.value === session.id}
                  rename={(on) => {
                    renaming.value = on ? session.id : undefined;
                    if (!on) queueMicrotask(() => requestAnimationFrame(() => focusRow(session.id)));
                  }}
                  focused={() => {
                    current.value = session.id;
                  }}
                  open={() => open(session.id)}
                  remove={() => remove(session.id)}
                  undo={() => undo(session.id)}
                />
              ))}
            </ul>
          </section>
        ))}
        {answered && shown.length === 0 && (
          <p class="quiet">{query.value === '' ? words.noSessions : words.nothingFound}</p>
        )}
      </div>
      {kept > 0 && (
        <div class="history-foot quiet">
          {plural(kept, { one: '{count} session on this computer', other: '{count} sessions on this computer' })}
        </div>
      )}
    </Place>
  );
}
