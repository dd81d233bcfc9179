import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { AnswerContext } from './answerContext.ts';

/** What may be opened: web and mail addresses, and paths in the workspace. Everything else stays plain text. */
function canOpen(href: string): boolean {
  const plain = decoded(href).trim();
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(plain)?.[1]?.toLowerCase();
  // One letter is a drive of Windows, not a scheme; "app.py:12" is a line of a file.
  if (scheme === undefined || scheme.length === 1) return plain !== '' && !/^[\\/]{2}/.test(plain);
  if (scheme === 'http' || scheme === 'https' || scheme === 'mailto')
    return href.toLowerCase().startsWith(`${scheme}:`);
  return /^[^:]*\.\w+:\d+(:\d+)?$/.test(plain);
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}

/** A link that the host opens. */
export function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const answer = useContext(AnswerContext);
  if (!canOpen(href)) return <span>{children}</span>;
  const open = (event: MouseEvent) => {
    event.preventDefault();
    answer.openLink(href);
  };
  return (
    <a href={href} title={href} tabIndex={answer.tabIndex()} onClick={open}>
      {children}
    </a>
  );
}
