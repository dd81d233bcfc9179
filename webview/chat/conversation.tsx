import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../words.ts';
import { say } from './announcements.ts';
import { EmptyConversation } from './emptyConversation.tsx';
import { ErrorCard } from './errorCard.tsx';
import {
  arrival,
  arrived,
  enteredArticle,
  focusComposer,
  fromEnd,
  problem,
  save,
  sessionId,
  shownFrom,
  title,
  view,
  wantedFrom,
} from './store.ts';
import { TurnView } from './turnView.tsx';
import { nextShown, turnsBefore } from './turnWindow.ts';

/** Within this many pixels of the end counts as being there. */
const endZone = 24;
/** Turns that are added when the person scrolls up to the first. */
const turnsAdded = 20;

/** The turns. It follows the end while the person is there, and never takes the scroll from one who is not. */
export function Conversation() {
  const region = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const current = useSignal<string | undefined>(undefined);
  /** Where the region stood when it was last looked at. */
  const lastTop = useRef(0);
  /** Height below the top edge before earlier turns were added above it. */
  const kept = useRef<number | undefined>(undefined);
  /** Where the person had scrolled to before the page was built again, while what stands there is still drawn. */
  const restored = useRef<number | undefined>(undefined);

  const { turns, running } = view.value;
  const from = shownFrom.value;
  const wanted = wantedFrom.value;
  const hasEarlier = turns.some(({ index }) => index < from);
  const following = fromEnd.value === undefined;

  const toEnd = () => {
    const element = region.current;
    if (!element) return;
    const end = element.scrollHeight - element.clientHeight;
    element.scrollTop = end;
    // Reading it back would have the page laid out again.
    lastTop.current = end;
  };
  const latest = () => {
    fromEnd.value = undefined;
    toEnd();
  };
  const addEarlier = (count: number) => {
    wantedFrom.value = Math.min(wantedFrom.value, turnsBefore(turns, from, count));
  };

  /** Another version of a prompt is shown: the focus stays on its buttons, and the prompt in sight. */
  const arrive = (element: HTMLElement): boolean => {
    const wanted = arrival();
    const group = element.querySelector(`[data-branch="${wanted?.at}"]`);
    const button = [...(group?.querySelectorAll('button') ?? [])].find(({ title }) => title === wanted?.button);
    const article = group?.closest('article');
    if (!wanted || !button || !article) return false;
    arrived();
    focusArticle(article);
    enteredArticle.value = current.value;
    button.focus();
    article.scrollIntoView({ block: 'center' });
    // It was the person who left the end.
    fromEnd.value = 0;
    onScroll();
    say(wanted.text);
    return true;
  };

  useLayoutEffect(() => {
    current.value = undefined;
    const element = region.current;
    restored.current = fromEnd.value;
    if (element && arrive(element)) return;
    if (element && fromEnd.value !== undefined) element.scrollTop = element.scrollHeight - fromEnd.value;
    else toEnd();
  }, [sessionId.value]);

  // A few turns a frame, above what is read: the page answers meanwhile.
  useEffect(() => {
    if (wanted >= from || !hasEarlier) {
      restored.current = undefined;
      return;
    }
    const frame = requestAnimationFrame(() => {
      const element = region.current;
      if (element) kept.current = restored.current ?? element.scrollHeight - element.scrollTop;
      shownFrom.value = nextShown(turns, from, wanted);
    });
    return () => cancelAnimationFrame(frame);
  }, [from, wanted, turns]);

  useLayoutEffect(() => {
    const element = region.current;
    if (element && kept.current !== undefined) element.scrollTop = element.scrollHeight - kept.current;
    kept.current = undefined;
    if (element && arrival()) arrive(element);
  }, [from]);

  // Text, code blocks and the panel's own width change the height: one observer sees them all.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (fromEnd.peek() === undefined) toEnd();
    });
    if (content.current) observer.observe(content.current);
    if (region.current) observer.observe(region.current);
    return () => observer.disconnect();
  }, [sessionId.value]);

  useEffect(() => {
    if (!hasEarlier || !top.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && addEarlier(turnsAdded),
      { root: region.current, rootMargin: '400px 0px 0px' },
    );
    observer.observe(top.current);
    return () => observer.disconnect();
  }, [from, hasEarlier]);

  const onScroll = () => {
    const element = region.current;
    if (!element || restored.current !== undefined) return;
    const below = element.scrollHeight - element.scrollTop;
    const atEnd = below - element.clientHeight <= endZone;
    const up = element.scrollTop < lastTop.current;
    lastTop.current = element.scrollTop;
    // Text that came meanwhile moved the end away; only the person leaves it.
    if (!atEnd && !up && fromEnd.peek() === undefined) {
      toEnd();
      return;
    }
    fromEnd.value = atEnd ? undefined : below;
    save();
  };

  const leaveRestored = () => {
    restored.current = undefined;
  };

  const last = turns.at(-1)?.index;
  const stop = current.value ?? (last === undefined ? undefined : `${last}-answer`);

  const focusArticle = (article: HTMLElement | undefined) => {
    if (!article) return;
    enteredArticle.value = undefined;
    current.value = article.dataset.article;
    article.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || !(event.target instanceof HTMLElement)) return;
    const focused = event.target.closest('article');
    // The first choice of a model has keys of its own.
    if (!focused && event.key !== 'Escape') return;
    const inside = event.target !== focused;
    if (event.key === 'Escape') {
      if (inside && focused) focusArticle(focused);
      else focusComposer();
    } else if (focused && inside) {
      if (!walkRows(focused, event.target, event.key)) return;
    } else if (event.key === 'Enter') {
      enteredArticle.value = focused?.dataset.article;
      focused?.querySelector<HTMLElement>('a, button, summary')?.focus();
    } else {
      const articles = [...(region.current?.querySelectorAll<HTMLElement>('article') ?? [])];
      const next = nextArticle(event.key, focused ? articles.indexOf(focused) : -1, articles.length);
      if (next === undefined) return;
      if (next < 0 && hasEarlier) addEarlier(turnsAdded);
      else focusArticle(articles[Math.max(0, next)]);
    }
    event.preventDefault();
  };

  return (
    <section
      class="conversation"
      aria-label={title.value === '' ? words.conversation : `${words.conversation}, ${title.value}`}
      ref={region}
      onScroll={onScroll}
      onWheel={leaveRestored}
      onPointerDown={leaveRestored}
      onKeyDown={onKeyDown}
    >
      {/* A session's turns keep nothing of another's. */}
      <div ref={content} class="turns" key={sessionId.value}>
        {hasEarlier && (
          <div ref={top}>
            <button type="button" class="text-button" tabIndex={-1} onClick={() => addEarlier(turnsAdded)}>
              {words.earlierTurns}
            </button>
          </div>
        )}
        {turns.length === 0 && <EmptyConversation />}
        {(hasEarlier ? turns.filter(({ index }) => index >= from) : turns).map((turn) => (
          <TurnView
            key={turn.index}
            turn={turn}
            newest={turn.index === last}
            running={running}
            current={stop?.startsWith(`${turn.index}-`) ? stop : undefined}
          />
        ))}
        {problem.value && <ErrorCard problem={problem.value} event={-1} />}
      </div>
      {!following && (
        <button type="button" class="button secondary latest" onClick={latest}>
          <span class="codicon codicon-arrow-down" aria-hidden="true" /> {words.latest}
        </button>
      )}
    </section>
  );
}

/** The arrow keys inside of an article go from row to row. */
function walkRows(article: HTMLElement, target: HTMLElement, key: string): boolean {
  const step = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
  const rows = [...article.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(target);
  if (step === 0 || at < 0) return false;
  rows[at + step]?.focus();
  return true;
}

function nextArticle(key: string, at: number, length: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(at + 1, length - 1);
  if (key === 'ArrowUp') return at - 1;
  if (key === 'Home') return 0;
  return key === 'End' ? length - 1 : undefined;
}
