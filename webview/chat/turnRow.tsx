import { AnswerStep } from './answerStep.tsx';
import { CallCard } from './callCard.tsx';
import { ReadsCard } from './readsCard.tsx';
import { CondensedMark, ReviewedStep, SteerStep, ToldStep } from './smallSteps.tsx';
import { TodoList } from './todoList.tsx';
import type { Row } from './turnRows.ts';
import type { Turn } from './view.ts';

/** One row of a turn. */
export function TurnRow({ row, turn }: { row: Row; turn: Turn }) {
  switch (row.kind) {
    case 'call':
      return <CallCard call={row.call} />;
    case 'reads':
      return <ReadsCard calls={row.calls} />;
    case 'plan':
      return turn.todo.length > 0 ? <TodoList items={turn.todo} /> : <CallCard call={row.call} />;
    case 'step':
      break;
  }
  const { step } = row;
  switch (step.kind) {
    case 'answer':
      return <AnswerStep answer={step} />;
    case 'steer':
      return <SteerStep text={step.text} attached={step.attached} />;
    case 'reviewed':
      return <ReviewedStep files={step.files} />;
    case 'condensed':
      return <CondensedMark summary={step.summary} />;
    case 'notice':
      return <div class="quiet notice">{step.text}</div>;
    case 'hint':
    case 'note':
      return <ToldStep text={step.text} />;
  }
}
