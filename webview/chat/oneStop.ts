import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { focusComposer } from './store.ts';

const members = 'button, a[href], summary, [role=treeitem]';

/**
 * One tab stop for all that a group holds: the arrow keys walk inside, Home and End jump, Escape goes to the composer.
 * The tab order follows what is drawn, whichever component drew it.
 */
export function useOneStop(group: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = group.current;
    if (!element) return;
    let current: HTMLElement | undefined;
    const all = () => [...element.querySelectorAll<HTMLElement>(members)];
    const order = () => {
      const list = all();
      if (!current || !list.includes(current)) current = list[0];
      for (const member of list) {
        const index = member === current ? 0 : -1;
        if (member.tabIndex !== index) member.tabIndex = index;
      }
    };
    const onFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || !all().includes(target)) return;
      current = target;
      order();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.target instanceof HTMLInputElement) return;
      const list = all();
      const at = list.indexOf(event.target as HTMLElement);
      const next = nextOf(event.key, at, list.length);
      if (event.key === 'Escape') focusComposer();
      else if (next === undefined) return;
      else list[next]?.focus();
      event.preventDefault();
    };
    order();
    const observer = new MutationObserver(order);
    observer.observe(element, { childList: true, subtree: true });
    element.addEventListener('focusin', onFocus);
    element.addEventListener('keydown', onKeyDown);
    return () => {
      observer.disconnect();
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}

function nextOf(key: string, at: number, length: number): number | undefined {
  if (key === 'ArrowRight' || key === 'ArrowDown') return Math.min(at + 1, length - 1);
  if (key === 'ArrowLeft' || key === 'ArrowUp') return Math.max(at - 1, 0);
  if (key === 'Home') return 0;
  return key === 'End' ? length - 1 : undefined;
}
