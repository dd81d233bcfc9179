import { signal } from '@preact/signals';
import { render } from 'preact';
import { startAnnouncing } from './announcements.ts';
import { Announcer } from './announcer.tsx';
import { guardFocus } from './focusGuard.ts';
import { History } from './history.tsx';
import { listen, post } from './hostApi.ts';
import { Panel } from './panel.tsx';
import { apply, face } from './store.ts';

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
  listen(apply);
  render(<Root />, root);
  guardFocus(root);
  reportFocus();
  startAnnouncing();
  post({ type: 'ready' });
}
