import type { ComponentChildren } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';
import { words } from '../words.ts';
import { AnswerContext } from './answerContext.ts';
import { type CodePiece, highlight } from './highlight.ts';

interface Props {
  code: string;
  language: string;
  /** The file that the fence names: ```python title="src/app.py". */
  path?: string | undefined;
  /** The closing fence is there. */
  closed: boolean;
}

/** Lines that are shown of longer code until it is unfolded. */
const foldedLines = 30;
/** Longer code is not coloured: it would keep the page busy. In characters. */
const mostColoured = 100_000;

/**
 * A code block: language, and what can be done with the code. Coloured once it is complete. Of long code the first lines
 * are shown, of long code that is being written the last.
 */
export function CodeBlock({ code, language, path, closed }: Props) {
  const answer = useContext(AnswerContext);
  const [unfolded, setUnfolded] = useState(false);
  const text = code.replace(/\n$/, '');
  const { lines, folded } = useMemo(() => fold(text, closed), [text, closed]);
  const long = lines > foldedLines;
  const shown = long && !unfolded ? folded : text;
  const pieces = useMemo<CodePiece[]>(
    () => (closed && shown.length <= mostColoured ? highlight(shown, language.toLowerCase()) : [shown]),
    [shown, language, closed],
  );
  const tabIndex = answer.tabIndex();
  const button = (icon: string, label: string, action: () => void) => (
    <button type="button" class="icon-button" title={label} aria-label={label} tabIndex={tabIndex} onClick={action}>
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
    </button>
  );
  return (
    <figure class="code-block" aria-label={`${words.code}, ${language || words.text}`}>
      <figcaption class="code-header">
        <span class="code-language">{path ?? (language || words.text)}</span>
        {closed && (
          <span class="code-actions">
            {button('copy', words.copy, () => answer.copy(text))}
            {button('insert', words.insert, () => answer.insert(text))}
            {button('diff', words.apply, () => answer.apply(text, language, path))}
            {button('new-file', words.newFile, () => answer.newFile(text, language))}
          </span>
        )}
      </figcaption>
      {/* Scrolled with the keyboard too. */}
      <pre dir="ltr" tabIndex={tabIndex}>
        <code>{pieces.map(draw)}</code>
      </pre>
      {long && (
        <button
          type="button"
          class="text-button code-fold"
          tabIndex={tabIndex}
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? words.fold : `Show all ${lines} lines`}
        </button>
      )}
    </figure>
  );
}

/** How many lines there are, and the lines that are shown of long code. */
function fold(text: string, closed: boolean): { lines: number; folded: string } {
  let lines = 1;
  let headEnd = text.length;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (lines === foldedLines) headEnd = at;
    lines++;
  }
  if (lines <= foldedLines) return { lines, folded: text };
  if (closed) return { lines, folded: text.slice(0, headEnd) };
  let from = text.length;
  for (let line = 0; line < foldedLines; line++) from = text.lastIndexOf('\n', from - 1);
  return { lines, folded: text.slice(from + 1) };
}

function draw(piece: CodePiece): ComponentChildren {
  if (typeof piece === 'string') return piece;
  // "title.function" is two classes, as in highlight.js' own themes.
  const [name = '', ...rest] = piece.scope.split('.');
  const names = name.startsWith('language:') ? '' : [`hljs-${name}`, ...rest.map((part) => `${part}_`)].join(' ');
  return <span class={names}>{piece.pieces.map(draw)}</span>;
}
