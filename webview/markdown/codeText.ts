import { forget, inSlices } from '../slices.ts';
import { element } from './elements.ts';
import { type CodePiece, colouredAtOnce, highlight, highlightParts } from './highlight.ts';

/** Longer code is not coloured: it would take too much memory. In characters. */
const mostColoured = 100_000;

/** The text of a code block. Long code stands in parts, of which only those in sight are laid out. */
export interface CodeText {
  /** Shows a text without colours; of one that only grew just the new part is written. */
  show(text: string): void;
  /** Colours what is shown, long code little by little. */
  colour(language: string): void;
}

export function createCodeText(code: HTMLElement): CodeText {
  let shown = '';
  let coloured = false;
  let parts: Generator<CodePiece[], void, void> | undefined;

  const partOf = (children: readonly (Node | string)[]) => element('span', { class: 'code-part' }, children);

  /** Parts end with a line. */
  function append(text: string): void {
    for (let at = 0; at < text.length; ) {
      const last = code.lastElementChild?.lastChild;
      const open = last instanceof Text && !(last.length >= colouredAtOnce && last.data.endsWith('\n')) ? last : null;
      const newline = text.indexOf('\n', at + Math.max(0, colouredAtOnce - (open?.length ?? 0)));
      const end = newline < 0 ? text.length : newline + 1;
      if (open) open.appendData(text.slice(at, end));
      else code.append(partOf([text.slice(at, end)]));
      at = end;
    }
  }

  /** Colours the next part: it takes the place of as much plain text. */
  function colourNext(): boolean {
    const next = parts?.next();
    if (!next || next.done) return false;
    const drawn = partOf(next.value.map(drawPiece));
    let left = drawn.textContent?.length ?? 0;
    const plain = () => code.querySelector(':scope > .code-part:not(.coloured)');
    drawn.classList.add('coloured');
    for (let part = plain(); part && left > 0; part = plain()) {
      const text = part.firstChild as Text;
      const taken = Math.min(left, text.data.length);
      if (!drawn.isConnected) part.before(drawn);
      if (taken === text.data.length) part.remove();
      else text.deleteData(0, taken);
      left -= taken;
    }
    return true;
  }

  return {
    show(text) {
      if (text === shown) return;
      forget(colourNext);
      const grew = !coloured && text.startsWith(shown);
      const long = text.length > colouredAtOnce;
      const node = code.firstChild;
      if (grew && long && shown.length > colouredAtOnce) append(text.slice(shown.length));
      else if (grew && !long && node instanceof Text) node.appendData(text.slice(shown.length));
      else {
        code.textContent = long ? '' : text;
        if (long) append(text);
      }
      shown = text;
      coloured = false;
    },
    colour(language) {
      if (coloured || shown.length > mostColoured) return;
      coloured = true;
      if (shown.length <= colouredAtOnce) {
        const pieces = highlight(shown, language);
        if (pieces.length > 1 || typeof pieces[0] !== 'string') code.replaceChildren(...pieces.map(drawPiece));
        return;
      }
      parts = highlightParts(shown, language);
      inSlices(colourNext);
    },
  };
}

function drawPiece(piece: CodePiece): Node | string {
  if (typeof piece === 'string') return piece;
  // "title.function" is two classes, as in highlight.js' own themes.
  const [name = '', ...rest] = piece.scope.split('.');
  const names = name.startsWith('language:') ? '' : [`hljs-${name}`, ...rest.map((part) => `${part}_`)].join(' ');
  return element('span', { class: names }, piece.pieces.map(drawPiece));
}
