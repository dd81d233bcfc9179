import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { branches, goTowards } from './store.ts';
import { branchText } from './texts.ts';
import type { Turn } from './view.ts';

/** "1 of 2" on a prompt that was asked in several ways, with buttons that go from one to the other. */
export function BranchSwitch({ turn: { index } }: { turn: Turn }) {
  const at = branches.value.findIndex(({ event }) => event === index);
  const point = branches.value[at];
  if (!point) return null;
  const { current, sessions } = point;
  const button = (icon: string, label: string, to: number) => {
    const sessionId = sessions[to];
    const go = () => {
      if (sessionId === undefined) return;
      goTowards({ sessionId, at, button: label, text: branchText(to, sessions.length) });
      post({ type: 'openSession', sessionId });
    };
    return <IconButton icon={icon} label={label} inArticle disabled={sessionId === undefined} onClick={go} />;
  };
  return (
    <fieldset class="branches" aria-label={words.versions} data-branch={at}>
      {button('chevron-left', words.previousVersion, current - 1)}
      <span class="quiet">{branchText(current, sessions.length)}</span>
      {button('chevron-right', words.nextVersion, current + 1)}
    </fieldset>
  );
}
