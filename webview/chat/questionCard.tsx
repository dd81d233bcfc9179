import { useState } from 'preact/hooks';
import { listed } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { WaitingTime } from './waitingTime.tsx';

interface Props {
  id: string;
  question: string;
  choices: readonly string[];
  at: number;
}

/** A question of the model, as plain text: its choices, or an answer in the person's words. */
export function QuestionCard({ id, question, choices, at }: Props) {
  const [text, setText] = useState('');
  const answer = (chosen: string | null) => post({ type: 'answerQuestion', id, answer: chosen });
  const send = () => text.trim() !== '' && answer(text.trim());
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <fieldset class="card question" aria-label={listed([words.question, question])} data-group>
      <div class="card-title">
        <span class="codicon codicon-question" aria-hidden="true" />
        <span class="row-title" dir="auto">
          {question}
        </span>
      </div>
      {choices.length > 0 && (
        <div class="buttons">
          {choices.map((choice) => (
            <button key={choice} type="button" class="button secondary" onClick={() => answer(choice)}>
              {choice}
            </button>
          ))}
        </div>
      )}
      <div class="line-input">
        <input
          type="text"
          aria-label={words.answer}
          placeholder={words.answerPlaceholder}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div class="buttons">
          <button type="button" class="button" onClick={send}>
            {words.send}
          </button>
          <button type="button" class="button secondary" onClick={() => answer(null)}>
            {words.skip}
          </button>
        </div>
      </div>
      <WaitingTime since={at} />
    </fieldset>
  );
}
