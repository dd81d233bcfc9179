import '../pageTexts.ts';
import { computed, effect, signal } from '@preact/signals';
import { render } from 'preact';
import { startAnnouncing } from './announcements.ts';
import { Announcer } from './announcer.tsx';
import { rememberMenu, runMenuAction } from './contextMenu.ts';
import { drawn } from './drawn.ts';
import { guardFocus } from './focusGuard.ts';
import { History } from './history.tsx';
import { listen, post } from './hostApi.ts';
import { addImage, bytesOf } from './imageFile.ts';
import { Panel } from './panel.tsx';
import { apply, busy, draft, face, known } from './store.ts';
import { warmUp } from './warmUp.ts';

/** The host's keys depend on where the focus is. A change inside the panel is a blur and a focus: only the end counts. */
function reportFocus(): void {
  let last = '';
  const report = () =>
    queueMicrotask(() => {
      const panel = document.hasFocus();
      const input = panel && document.activeElement?.closest('.composer') instanceof HTMLElement;
      if (last === `${panel} ${input}`) return;
      last = `${panel} ${input}`;
      post({ type: 'focus', panel, input });
    });
  for (const name of ['focus', 'blur']) window.addEventListener(name, report);
  for (const name of ['focusin', 'focusout']) document.addEventListener(name, report);
}

/** While somebody writes, the model can read what goes along. */
function tellWriting(): void {
  const writing = computed(() => known.value && draft.value.trim() !== '' && !busy.value);
  let last = false;
  effect(() => {
    const active = writing.value;
    if (active !== last) post({ type: 'writing', active });
    last = active;
  });
}

/** Wide enough for the sessions beside the conversation. */
const wideQuery = matchMedia('(min-width: 641px)');
const wide = signal(wideQuery.matches);
wideQuery.addEventListener('change', ({ matches }) => {
  wide.value = matches;
});

function Root() {
  const both = wide.value;
  return (
    <>
      <div class={both ? 'columns' : 'single'}>
        {(both || face.value === 'history') && <History column={both} />}
        {(both || face.value !== 'history') && <Panel />}
      </div>
      <Announcer />
    </>
  );
}

const root = document.getElementById('root');
if (root) {
  listen((message) => {
    if (message.type === 'menuAction') return runMenuAction(message.action);
    if (message.type !== 'readImage') return apply(message);
    const { id, name, mime, data } = message;
    void addImage(new Blob([bytesOf(data)], { type: mime }), name, id);
  });
  render(<Root />, root);
  guardFocus(root);
  reportFocus();
  rememberMenu();
  startAnnouncing();
  tellWriting();
  post({ type: 'ready' });
  // While the host answers.
  void drawn().then(warmUp);
}
