import { useLayoutEffect, useRef } from 'preact/hooks';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { say } from './announcements.ts';
import { post } from './hostApi.ts';
import { IconButton } from './iconButton.tsx';
import { focusComposer, view } from './store.ts';

/**
 * Messages that wait: steering goes in after this step, the queue begins turns of its own. A stop or an error keeps them
 * and asks whether to go on.
 */
export function WaitingList() {
  const list = useRef<HTMLOListElement>(null);
  /** The message that was moved, and the label of the button that did it. */
  const moved = useRef<{ id: string; label: string } | undefined>(undefined);
  const { waiting, running } = view.value;
  useLayoutEffect(() => {
    const { id, label } = moved.current ?? {};
    moved.current = undefined;
    const item = [...(list.current?.children ?? [])].find(
      (each) => each instanceof HTMLElement && each.dataset.id === id,
    );
    if (!item) return;
    const button = [...item.querySelectorAll('button')].find((each) => each.title === label);
    button?.focus();
    say(t('Waiting, position {position}', { position: waiting.findIndex((each) => each.id === id) + 1 }));
  }, [waiting]);
  if (waiting.length === 0) return null;
  return (
    <section class="bar waiting" aria-label={words.waiting} data-group>
      <div class="bar-title">{running ? words.waiting : words.sendNextAsk}</div>
      <ol aria-label={words.waitingMessages} ref={list}>
        {waiting.map(({ id, kind, text }, index) => {
          const when = kind === 'steer' && running ? words.steerWhen : words.queueWhen;
          const take = (edit: boolean) => post({ type: 'takeBack', messageId: id, edit });
          const move = (name: string, icon: string, by: -1 | 1) => {
            const label = `${name}: ${text}`;
            const go = () => {
              moved.current = { id, label };
              post({ type: 'moveWaiting', messageId: id, by });
            };
            return <IconButton icon={icon} label={label} disabled={!waiting[index + by]} onClick={go} />;
          };
          return (
            <li
              key={id}
              data-id={id}
              aria-label={listed([t('{done} of {total}', { done: index + 1, total: waiting.length }), text, when])}
            >
              <span class="waiting-text">
                <span class="row-title" dir="auto">
                  {text}
                </span>
                {running && <span class="quiet">{when}</span>}
              </span>
              {waiting.length > 1 && move(words.moveUp, 'arrow-up', -1)}
              {waiting.length > 1 && move(words.moveDown, 'arrow-down', 1)}
              <IconButton icon="edit" label={t('Edit: {text}', { text })} onClick={() => take(true)} />
              <IconButton icon="close" label={t('Drop: {text}', { text })} onClick={() => take(false)} />
            </li>
          );
        })}
      </ol>
      {!running && (
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => {
              post({ type: 'sendNext' });
              focusComposer();
            }}
          >
            {words.sendNext}
          </button>
        </div>
      )}
    </section>
  );
}
