import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { enteredTurn, focusRequests, model, save, scrollTop, sessionId, turns } from './store.ts';
import { firstRunText } from './texts.ts';
import { TurnView } from './turnView.tsx';

/** Within this many pixels of the end counts as being there. */
const endZone = 24;

/** The turns. It follows the end while the person is there, and never takes the scroll from one who is not. */
export function Conversation() {
  const region = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const current = useSignal<string | undefined>(undefined);
  const following = useComputed(() => scrollTop.value === undefined);

  const toEnd = () => {
    const element = region.current;
    if (element) element.scrollTop = element.scrollHeight;
  };

  useLayoutEffect(() => {
    const element = region.current;
    if (element && scrollTop.value !== undefined) element.scrollTop = scrollTop.value;
    else toEnd();
  }, [sessionId.value]);

  // Text, code blocks and the panel's own width change the height: one observer sees them all.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (following.value) toEnd();
    });
    if (content.current) observer.observe(content.current);
    if (region.current) observer.observe(region.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const element = region.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= endZone;
    scrollTop.value = atEnd ? undefined : element.scrollTop;
    save();
  };

  const list = turns.value;
  const last = list.at(-1)?.value.id;
  const stop = current.value ?? (last === undefined ? undefined : `${last}-answer`);

  const focusArticle = (article: HTMLElement | undefined) => {
    if (!article) return;
    enteredTurn.value = undefined;
    current.value = article.dataset.article;
    article.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const articles = [...(region.current?.querySelectorAll<HTMLElement>('article') ?? [])];
    const focused = event.target instanceof HTMLElement ? event.target.closest('article') : null;
    const inside = event.target !== focused;
    const index = focused ? articles.indexOf(focused) : -1;
    if (event.key === 'Escape') {
      if (inside && focused) focusArticle(focused);
      else focusRequests.value += 1;
    } else if (event.key === 'Enter' && focused && !inside) {
      enteredTurn.value = focused.dataset.article;
      focused.querySelector<HTMLElement>('a, button, summary')?.focus();
    } else if (inside) {
      return;
    } else if (event.key === 'ArrowDown') focusArticle(articles[index + 1]);
    else if (event.key === 'ArrowUp') focusArticle(articles[index - 1]);
    else if (event.key === 'Home') focusArticle(articles[0]);
    else if (event.key === 'End') focusArticle(articles.at(-1));
    else return;
    event.preventDefault();
  };

  return (
    <section class="conversation" aria-label="Conversation" ref={region} onScroll={onScroll} onKeyDown={onKeyDown}>
      <div ref={content} class="turns">
        {list.length === 0 && <p class="first-run">{firstRunText(model.value)}</p>}
        {list.map((turn) => (
          <TurnView key={turn.peek().id} turn={turn} current={stop} />
        ))}
      </div>
      {!following.value && (
        <button type="button" class="button secondary latest" onClick={toEnd}>
          <span class="codicon codicon-arrow-down" aria-hidden="true" /> Latest
        </button>
      )}
    </section>
  );
}
