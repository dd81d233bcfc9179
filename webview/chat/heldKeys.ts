import { useLayoutEffect } from 'preact/hooks';

/**
 * While a card asks for consent, a key that is held answers it once, and not the cards after it: repeats of Enter within a
 * card, and of the keys that allow and reject (Alt+Y, Alt+N; Cmd on a Mac), never reach VS Code.
 */
export function useNoHeldKeys(): void {
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.repeat || !answers(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', onKeyDown, true);
    return () => document.removeEventListener('keydown', onKeyDown, true);
  }, []);
}

function answers({ key, code, altKey, metaKey, target }: KeyboardEvent): boolean {
  if (key === 'Enter') return target instanceof Element && target.closest('.permission') !== null;
  // By the letter and, for other alphabets, by its place.
  return (altKey || metaKey) && (/^[yn]$/i.test(key) || /^Key[YN]$/.test(code));
}
