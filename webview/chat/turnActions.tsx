import { words } from '../words.ts';
import { answerText } from './answerText.ts';
import { changedFiles } from './changedFiles.ts';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import type { Turn } from './view.ts';

/** What can be done with a turn that is over. */
export function TurnActions({ turn }: { turn: Turn }) {
  const text = answerText(turn);
  const { prompt, index } = turn;
  const button = (icon: string, label: string, onClick: () => void) => (
    <IconButton icon={icon} label={label} onClick={onClick} inArticle />
  );
  return (
    <fieldset class="turn-actions" aria-label={words.actions}>
      {text !== '' && button('copy', words.copyAnswer, () => post({ type: 'copy', text }))}
      {text !== '' && button('go-to-file', words.openAnswer, () => post({ type: 'openAnswer', text }))}
      {prompt !== undefined &&
        button('refresh', words.retry, () => post({ type: 'resend', events: index, text: prompt }))}
      {button('repo-forked', words.fork, () => post({ type: 'fork', events: turn.last + 1 }))}
      {changedFiles(turn) && button('discard', words.undoTurn, () => post({ type: 'restoreTurn', turn: index }))}
    </fieldset>
  );
}
