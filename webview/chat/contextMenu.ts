import { codeAround } from '../markdown/codeBlock.ts';
import type { HostMessage } from '../protocol.ts';
import { answerText } from './answerText.ts';
import { post } from './hostApi.ts';
import { view } from './store.ts';

type Action = Extract<HostMessage, { type: 'menuAction' }>['action'];

/** Where VS Code's own menu was opened: an entry of it comes back as a command, which says nothing of the place. */
let opened: Element | undefined;

export function rememberMenu(): void {
  const remember = ({ target }: Event) => {
    opened = target instanceof Element ? target : undefined;
  };
  document.addEventListener('contextmenu', remember, true);
}

/** Only the page in which the menu was opened does something. */
export function runMenuAction(action: Action): void {
  const target = opened;
  opened = undefined;
  const at = Number.parseInt(target?.closest<HTMLElement>('article.answer')?.dataset.article ?? '', 10);
  const turn = view.value.turns.find(({ index }) => index === at);
  if (!target || !turn) return;
  const code = codeAround(target);
  if (action === 'copyMarkdown') post({ type: 'copy', text: answerText(turn) });
  else if (action === 'fork') post({ type: 'fork', events: turn.last + 1 });
  else if (code) post({ type: 'insertCode', text: code.code });
}
