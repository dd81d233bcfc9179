import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import { post } from './hostApi.ts';

/** What went wrong, what is safe, and what can be done now. It takes no focus. */
export function ErrorCard({ problem, turnId }: { problem: ProblemReport; turnId: string }) {
  return (
    <fieldset class="card error-card" aria-label={`Error, ${problem.title}`}>
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
            onClick={() => post({ type: 'runAction', turnId, action })}
          >
            {action}
          </button>
        ))}
      </div>
      {problem.details && (
        <details>
          <summary>Details</summary>
          <pre dir="ltr">{problem.details}</pre>
          <button type="button" class="button secondary" onClick={() => copy(problem)}>
            Copy Details
          </button>
        </details>
      )}
    </fieldset>
  );
}

function copy(problem: ProblemReport): void {
  post({ type: 'copy', text: `${problem.title}: ${problem.sentence}\n${problem.details ?? ''}` });
}
