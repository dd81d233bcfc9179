import { Fragment } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { usageText } from '../../sidecar/protocol/numbers.ts';
import { listed, plural } from '../../sidecar/protocol/translate.ts';
import { type AnswerActions, AnswerContext } from '../markdown/answerContext.ts';
import { words } from '../words.ts';
import { EndCard } from './endCard.tsx';
import { ErrorCard } from './errorCard.tsx';
import { post } from './hostApi.ts';
import { memo } from './memo.ts';
import { Prompt } from './prompt.tsx';
import { enteredArticle, language } from './store.ts';
import { clock } from './texts.ts';
import { TurnActions } from './turnActions.tsx';
import { TurnProgressRow } from './turnProgress.tsx';
import { TurnRow } from './turnRow.tsx';
import { type Row, rowsOf } from './turnRows.ts';
import type { Turn } from './view.ts';

interface Props {
  turn: Turn;
  /** The last turn of the session. */
  newest: boolean;
  running: boolean;
  /** The article of this turn that Tab reaches, if it is one of this turn's. */
  current: string | undefined;
}

/** More rows than these of a turn are drawn only when asked for. */
const mostRows = 60;

/** One prompt and all that came of it: two articles that the arrow keys walk. */
export const TurnView = memo(({ turn, newest, running, current }: Props) => {
  const time = clock(turn.at, language.value);
  const promptId = `${turn.index}-prompt`;
  const answerId = `${turn.index}-answer`;
  const name = turn.model || words.devstral;
  const actions = useMemo(() => ({ prompt: actionsOf(promptId), answer: actionsOf(answerId) }), [turn.index]);
  const works = newest && running;
  return (
    <Fragment>
      {turn.prompt !== undefined && (
        <article
          class="message prompt"
          data-article={promptId}
          tabIndex={current === promptId ? 0 : -1}
          aria-label={listed([words.you, time])}
        >
          <AnswerContext.Provider value={actions.prompt}>
            <Prompt turn={turn} />
          </AnswerContext.Provider>
        </article>
      )}
      <article
        class={`message answer ${newest ? 'newest' : ''}`}
        data-article={answerId}
        tabIndex={current === answerId ? 0 : -1}
        aria-label={listed([name, time])}
        aria-busy={works}
        data-vscode-context='{"webviewSection":"answer"}'
      >
        <AnswerContext.Provider value={actions.answer}>
          <div class="author">{name}</div>
          <Rows turn={turn} />
          {works && <TurnProgressRow turn={turn} />}
          {turn.end?.problem && <ErrorCard problem={turn.end.problem} event={turn.end.index} />}
          <EndCard turn={turn} newest={newest} />
          {!works && <QuietLine turn={turn} />}
          {!works && <TurnActions turn={turn} />}
        </AnswerContext.Provider>
      </article>
    </Fragment>
  );
});

function Rows({ turn }: { turn: Turn }) {
  const [all, showAll] = useState(false);
  const rows = rowsOf(turn.steps);
  // A few more than fit are drawn rather than hidden behind a button.
  const from = all || rows.length <= mostRows + 20 ? 0 : rows.length - mostRows;
  const draw = (row: Row) => <TurnRow key={row.key} row={row} turn={turn} />;
  return (
    <div class="rows">
      {from > 0 && (
        <button type="button" class="text-button" data-row tabIndex={-1} onClick={() => showAll(true)}>
          {plural(from, { one: 'Show {count} earlier step', other: 'Show {count} earlier steps' })}
        </button>
      )}
      {rows.slice(from).map(draw)}
    </div>
  );
}

/** What the turn cost. */
function QuietLine({ turn }: { turn: Turn }) {
  const { usage } = turn;
  if (usage.promptTokens + usage.outputTokens === 0) return null;
  return <div class="quiet usage">{usageText(usage, language.value)}</div>;
}

function actionsOf(article: string): AnswerActions {
  return {
    openLink: (href) => post({ type: 'openLink', href }),
    copy: (text) => post({ type: 'copy', text }),
    insert: (text) => post({ type: 'insertCode', text }),
    apply: (text, code, path) =>
      post({ type: 'applyCode', text, language: code, ...(path === undefined ? {} : { path }) }),
    newFile: (text, code) => post({ type: 'newFile', text, language: code }),
    tabIndex: () =>
      enteredArticle.value === article || document.body.classList.contains('vscode-using-screen-reader') ? 0 : -1,
  };
}
