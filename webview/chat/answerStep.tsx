import { Markdown } from '../markdown/markdown.tsx';
import { words } from '../words.ts';
import { memo } from './memo.ts';
import { Reasoning } from './reasoning.tsx';
import type { Answer } from './view.ts';

/** One answer of the model: its reasoning, folded, and its text. */
export const AnswerStep = memo(({ answer }: { answer: Answer }) => (
  <div class="answer-step">
    <Reasoning answer={answer} />
    {answer.text.trim() !== '' && <Markdown source={answer.text} complete={!answer.open} />}
    {answer.cut === 'length' && <div class="quiet">{words.cutOff}</div>}
  </div>
));
