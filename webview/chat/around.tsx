import type { ComponentChildren } from 'preact';

interface Props {
  /** A text with one hole: "in {place}". */
  text: string;
  /** The text itself is for screen readers only. */
  spoken?: boolean;
  children: ComponentChildren;
}

/** A text with its hole filled by an element. */
export function Around({ text, spoken = false, children }: Props) {
  const [before, after = ''] = text.split(/\{\w+\}/);
  const draw = (part = '') => (spoken && part !== '' ? <span class="visually-hidden">{part}</span> : part);
  return (
    <>
      {draw(before)}
      {children}
      {draw(after)}
    </>
  );
}
