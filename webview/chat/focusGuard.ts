import { focusComposer } from './store.ts';

const focusable = 'button, a[href], input, textarea, summary, [role=treeitem], [role=option], article';

/**
 * Focus is never lost: when the element that had it goes away, the next one in its group (`data-group`) takes it, else the
 * element that had it before the group was entered, else the composer.
 */
export function guardFocus(root: HTMLElement): void {
  let last: { element: Element; group: HTMLElement | null; at: number } | undefined;
  /** Where the focus was before it went into the group. */
  let origin: HTMLElement | undefined;

  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const group = target.closest<HTMLElement>('[data-group]');
    const before = last?.element;
    if (group !== last?.group && before instanceof HTMLElement) origin = before;
    last = { element: target, group, at: group ? membersOf(group).indexOf(target) : -1 };
  });

  new MutationObserver(() => {
    if (!last || last.element.isConnected || !document.hasFocus()) return;
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const { group, at } = last;
    last = undefined;
    const members = group?.isConnected ? membersOf(group) : [];
    const next = members[Math.min(at, members.length - 1)] ?? (origin?.isConnected ? origin : undefined);
    if (next) next.focus();
    else focusComposer();
  }).observe(root, { childList: true, subtree: true });
}

const membersOf = (group: HTMLElement) =>
  [...group.querySelectorAll<HTMLElement>(focusable)].filter((element) => element.offsetParent !== null);
