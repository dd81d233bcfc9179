import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { useTabIndex } from '../markdown/answerContext.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';

interface Props {
  problem: ProblemReport;
  /** Index of the event that holds it; -1: the panel's own. */
  event: number;
}

/** What went wrong, what is safe, and what can be done now. It takes no focus. */
export function ErrorCard({ problem, event }: Props) {
  const tabIndex = useTabIndex();
  return (
    <fieldset class="card error-card" aria-label={t('Error, {title}', { title: problem.title })} data-group>
      <div class="card-title">
        <span class="codicon codicon-error" aria-hidden="true" />
        <span>{problem.title}</span>
      </div>
      <div class="card-sentence">{problem.sentence}</div>
      <div class="buttons">
        {problem.actions.map((action, index) => (
          <button
            key={action}
            type="button"
            class={index === 0 ? 'button' : 'button secondary'}
            tabIndex={tabIndex}
            onClick={() => post({ type: 'runAction', event, action })}
          >
            {t<string>(action)}
          </button>
        ))}
      </div>
      {problem.details && (
        <details>
          <summary tabIndex={tabIndex}>{words.details}</summary>
          <pre dir="ltr" tabIndex={tabIndex}>
            {problem.details}
          </pre>
          <button type="button" class="button secondary" tabIndex={tabIndex} onClick={() => copy(problem)}>
            {words.copyDetails}
          </button>
        </details>
      )}
    </fieldset>
  );
}

function copy(problem: ProblemReport): void {
  post({ type: 'copy', text: `${problem.title}: ${problem.sentence}\n${problem.details ?? ''}` });
}
