import { Fragment } from 'preact';
import { useMemo } from 'preact/hooks';
import { usageText } from '../../sidecar/protocol/numbers.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';
import { type AnswerActions, AnswerContext } from '../markdown/answerContext.ts';
import { Markdown } from '../markdown/markdown.tsx';
import { ErrorCard } from './errorCard.tsx';
import { post } from './hostApi.ts';
import { ProgressRow } from './progressRow.tsx';
import { enteredTurn, language, type TurnSignal } from './store.ts';
import { clock } from './texts.ts';

interface Props {
  turn: TurnSignal;
  /** The article of this turn that Tab reaches, if it is one of this turn's. */
  current: string | undefined;
}

/** One prompt and its answer: two articles that the arrow keys walk. */
export function TurnView({ turn: source, current }: Props) {
  const turn = source.value;
  const locale = language.value;
  const actions = useMemo(() => actionsOf(turn.id), [turn.id]);
  const time = clock(turn.startedAt, locale);
  const running = turn.state === 'running';
  const promptId = `${turn.id}-prompt`;
  const answerId = `${turn.id}-answer`;
  const name = turn.model || 'Devstral';
  return (
    <Fragment>
      <article
        class="message prompt"
        data-article={promptId}
        tabIndex={current === promptId ? 0 : -1}
        aria-label={`You, ${time}`}
      >
        <div class="author" aria-hidden="true">
          You
        </div>
        <div class="prompt-text">{turn.prompt}</div>
        {turn.context.length > 0 && (
          <ul class="sent-context" aria-label="Context">
            {turn.context.map((chip) => (
              <li key={chip.id} title={chip.path}>
                {chip.label}
              </li>
            ))}
          </ul>
        )}
      </article>
      <article
        class="message answer"
        data-article={answerId}
        tabIndex={current === answerId ? 0 : -1}
        aria-label={`${name}, ${time}`}
        aria-busy={running}
      >
        <div class="author" aria-hidden="true">
          {name}
        </div>
        {turn.notice !== undefined && <div class="quiet">{turn.notice}.</div>}
        {running && turn.answer === '' ? (
          <ProgressRow turn={turn} />
        ) : (
          <AnswerContext.Provider value={actions}>
            <Markdown source={turn.answer} complete={!running} />
          </AnswerContext.Provider>
        )}
        {running && turn.answer !== '' && turn.progress?.phase === 'stalled' && (
          <div class="quiet">{progressText(turn.progress, locale).text}</div>
        )}
        {turn.state === 'stopped' && <div class="quiet">Stopped.</div>}
        {turn.usage && <div class="quiet usage">{usageText(turn.usage, locale)}</div>}
        {turn.problem && <ErrorCard problem={turn.problem} turnId={turn.id} />}
      </article>
    </Fragment>
  );
}

function actionsOf(turnId: string): AnswerActions {
  return {
    openLink: (href) => post({ type: 'openLink', href }),
    copy: (text) => post({ type: 'copy', text }),
    insert: (text) => post({ type: 'insertCode', text }),
    tabIndex: () =>
      enteredTurn.value === `${turnId}-answer` || document.body.classList.contains('vscode-using-screen-reader')
        ? 0
        : -1,
  };
}
