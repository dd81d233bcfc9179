/** A new element. Nothing is ever set as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const name in attributes) made.setAttribute(name, attributes[name] ?? '');
  for (const child of children) made.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
  return made;
}

/** Attributes that an element of one name has or has not. */
const optional = ['class', 'start'];

/** Whether an element takes over the state of a newer one by itself. */
export type TakeOver = (old: Element, fresh: Element) => boolean;

/**
 * Brings an element to where a newer one of the same name stands, and keeps what is the same: selection, focus and
 * scrolling stay, and of a text that only grew nothing but the new part is touched.
 */
export function takeOver(old: Element, fresh: Element, special: TakeOver): void {
  if (special(old, fresh)) return;
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name) ?? '';
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of optional) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, index) => {
    const kept = old.childNodes[index];
    if (!kept) old.appendChild(node);
    else if (kept.nodeName !== node.nodeName) old.replaceChild(node, kept);
    else if (kept instanceof Element && node instanceof Element) takeOver(kept, node, special);
    else if (kept instanceof Text && node instanceof Text) grow(kept, node.data);
  });
  while (old.childNodes.length > wanted.length) old.lastChild?.remove();
}

function grow(text: Text, data: string): void {
  if (text.data === data) return;
  if (data.startsWith(text.data)) text.appendData(data.slice(text.data.length));
  else text.data = data;
}
