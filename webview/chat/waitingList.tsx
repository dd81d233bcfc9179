import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { view } from './store.ts';

/** Messages that wait: steering goes in after this step, the queue begins turns of its own. */
export function WaitingList() {
  const { waiting } = view.value;
  if (waiting.length === 0) return null;
  return (
    <section class="bar waiting" aria-label={words.waiting} data-group>
      <div class="bar-title">{words.waiting}</div>
      <ol aria-label={words.waitingMessages}>
        {waiting.map(({ id, kind, text }, index) => {
          const when = kind === 'steer' ? words.steerWhen : words.queueWhen;
          const take = (edit: boolean) => post({ type: 'takeBack', messageId: id, edit });
          return (
            <li key={id} aria-label={`${index + 1} of ${waiting.length}, ${text}, ${when}`}>
              <span class="waiting-text">
                <span class="row-title" dir="auto">
                  {text}
                </span>
                <span class="quiet">{when}</span>
              </span>
              <IconButton icon="edit" label={`${words.edit}: ${text}`} onClick={() => take(true)} />
              <IconButton icon="close" label={`${words.drop}: ${text}`} onClick={() => take(false)} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}
