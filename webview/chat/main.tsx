import { render } from 'preact';
import { Announcer } from './announcer.tsx';
import { Chips } from './chips.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { Footer } from './footer.tsx';
import { listen, post } from './hostApi.ts';
import { apply } from './store.ts';

function Panel() {
  return (
    <main class="panel">
      <Conversation />
      <Chips />
      <Composer />
      <Footer />
      <Announcer />
    </main>
  );
}

/** The host's keys depend on where the focus is. A change inside the panel is a blur and a focus: only the end counts. */
function reportFocus(): void {
  let last = '';
  const report = () =>
    queueMicrotask(() => {
      const panel = document.hasFocus();
      const input = panel && document.activeElement instanceof HTMLTextAreaElement;
      if (last === `${panel} ${input}`) return;
      last = `${panel} ${input}`;
      post({ type: 'focus', panel, input });
    });
  for (const name of ['focus', 'blur']) window.addEventListener(name, report);
  for (const name of ['focusin', 'focusout']) document.addEventListener(name, report);
}

const root = document.getElementById('root');
if (root) {
  listen(apply);
  render(<Panel />, root);
  reportFocus();
  post({ type: 'ready' });
}
