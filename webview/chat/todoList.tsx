import { t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { memo } from './memo.ts';
import { Toggle } from './toggle.tsx';
import type { TodoItem } from './view.ts';

const icons: Record<TodoItem['state'], string> = { done: 'pass', doing: 'circle-filled', open: 'circle-large' };

/** The plan of a longer task, as the model keeps it. */
export const TodoList = memo(({ items }: { items: readonly TodoItem[] }) => {
  const done = items.filter(({ state }) => state === 'done').length;
  const head = t('Plan, {done} of {total} done', { done, total: items.length });
  return (
    <div class="call ok">
      <Toggle open={done < items.length} head={<span class="row-title">{head}</span>}>
        {() => (
          <ul class="todo">
            {items.map(({ text, state }, index) => (
              <li key={index} class={state}>
                <span class={`codicon codicon-${icons[state]}`} aria-hidden="true" />
                <span class="visually-hidden">{`${words[state]}: `}</span>
                <span>{text}</span>
              </li>
            ))}
          </ul>
        )}
      </Toggle>
    </div>
  );
});
