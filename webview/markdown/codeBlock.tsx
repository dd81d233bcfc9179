import type { ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import { AnswerContext } from './answerContext.ts';
import { type CodePiece, highlight } from './highlight.ts';

interface Props {
  code: string;
  language: string;
  /** The closing fence is there. */
  closed: boolean;
}

/** A code block: language, Copy, Insert at Cursor. Coloured once it is complete. */
export function CodeBlock({ code, language, closed }: Props) {
  const answer = useContext(AnswerContext);
  const pieces = useMemo<CodePiece[]>(
    () => (closed ? highlight(code, language.toLowerCase()) : [code]),
    [code, language, closed],
  );
  const text = code.replace(/\n$/, '');
  const button = (icon: string, label: string, action: () => void) => (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      tabIndex={answer.tabIndex()}
      onClick={action}
    >
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
    </button>
  );
  return (
    <figure class="code-block">
      <figcaption class="code-header">
        <span class="code-language">{language || 'text'}</span>
        {closed && (
          <span class="code-actions">
            {button('copy', 'Copy', () => answer.copy(text))}
            {button('insert', 'Insert at Cursor', () => answer.insert(text))}
          </span>
        )}
      </figcaption>
      <pre dir="ltr">
        <code>{pieces.map(draw)}</code>
      </pre>
    </figure>
  );
}

function draw(piece: CodePiece): ComponentChildren {
  if (typeof piece === 'string') return piece;
  // "title.function" is two classes, as in highlight.js' own themes.
  const [name = '', ...rest] = piece.scope.split('.');
  const names = name.startsWith('language:') ? '' : [`hljs-${name}`, ...rest.map((part) => `${part}_`)].join(' ');
  return <span class={names}>{piece.pieces.map(draw)}</span>;
}
