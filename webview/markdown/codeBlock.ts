import { plural } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { type CodeText, createCodeText } from './codeText.ts';
import { element } from './elements.ts';
import { lineCount } from './openFence.ts';

/** Code of an answer. */
export interface Code {
  code: string;
  language: string;
  /** The file that the fence names: ```python title="src/app.py". */
  path: string | undefined;
  /** The closing fence is there. */
  closed: boolean;
}

interface CodeBlock {
  shown: Code;
  unfolded: boolean;
  text: CodeText;
  parts: { name: HTMLElement; header: HTMLElement; pre: HTMLElement };
}

/** What can be done with code: the class of its button, its icon, and its name. */
const actions = [
  ['code-copy', 'copy', 'copy'],
  ['code-insert', 'insert', 'insert'],
  ['code-apply', 'diff', 'apply'],
  ['code-new-file', 'new-file', 'newFile'],
] as const;

/** Lines that are shown of longer code until it is unfolded. */
const foldedLines = 30;

const blocks = new WeakMap<Element, CodeBlock>();

/**
 * A code block: language, and what can be done with the code. Coloured once it is complete. Of long code the first lines
 * are shown, of long code that is being written the last.
 */
export function codeBlock(code: Code, { tabIndex, coloured }: { tabIndex: number; coloured: boolean }): HTMLElement {
  const inside = element('code');
  const name = element('span', { class: 'code-language', dir: 'auto' });
  const header = element('figcaption', { class: 'code-header' }, [name]);
  // Scrolled with the keyboard too.
  const pre = element('pre', { dir: 'ltr', tabindex: String(tabIndex) }, [inside]);
  const menu = { 'data-vscode-context': '{"webviewSection":"code"}' };
  const figure = element('figure', { class: 'code-block', ...menu }, [header, pre]);
  const block = { shown: code, unfolded: false, text: createCodeText(inside), parts: { name, header, pre } };
  blocks.set(figure, block);
  draw(figure, block);
  if (coloured) colourCode(figure);
  return figure;
}

/** The code that an element stands in. */
export function codeAround(target: Element): (Code & { figure: HTMLElement }) | undefined {
  const figure = target.closest<HTMLElement>('.code-block');
  const block = figure && blocks.get(figure);
  return block ? { ...block.shown, code: textOf(block.shown), figure } : undefined;
}

/** Shows in a code block what a newer one shows; false if these are no code blocks. */
export function takeOverCode(old: Element, fresh: Element): boolean {
  const block = blocks.get(old);
  const newer = blocks.get(fresh);
  if (!block || !newer || !(old instanceof HTMLElement)) return false;
  block.shown = newer.shown;
  draw(old, block);
  colourCode(old);
  return true;
}

/** Colours the code if it is complete. */
export function colourCode(figure: Element): void {
  const block = blocks.get(figure);
  if (block?.shown.closed) block.text.colour(block.shown.language.toLowerCase());
}

export function toggleFold(figure: HTMLElement): void {
  const block = blocks.get(figure);
  if (!block) return;
  block.unfolded = !block.unfolded;
  draw(figure, block);
  colourCode(figure);
}

const textOf = ({ code }: Code) => (code.endsWith('\n') ? code.slice(0, -1) : code);

function draw(figure: HTMLElement, { shown, unfolded, text, parts }: CodeBlock): void {
  const { language, path, closed } = shown;
  const { name, header, pre } = parts;
  const code = textOf(shown);
  const lines = lineCount(code) + (code.endsWith('\n') ? 1 : 0);
  const tabIndex = pre.getAttribute('tabindex') ?? '-1';
  figure.setAttribute('aria-label', `${words.code}, ${language || words.text}`);
  name.textContent = path ?? (language || words.text);
  text.show(lines > foldedLines && !unfolded ? folded(code, closed) : code);
  if (!closed) header.querySelector('.code-actions')?.remove();
  else if (header.childElementCount === 1) header.append(actionButtons(tabIndex));
  let fold = figure.querySelector(':scope > .code-fold');
  if (lines <= foldedLines) fold?.remove();
  else {
    fold ??= element('button', { type: 'button', class: 'text-button code-fold', tabindex: tabIndex });
    fold.setAttribute('aria-expanded', String(unfolded));
    const label = unfolded
      ? words.fold
      : plural(lines, { one: 'Show all {count} lines', other: 'Show all {count} lines' });
    if (fold.textContent !== label) fold.textContent = label;
    if (!fold.isConnected) figure.append(fold);
  }
}

function actionButtons(tabindex: string): HTMLElement {
  const buttons = actions.map(([name, icon, word]) => {
    const label = words[word];
    const mark = element('span', { class: `codicon codicon-${icon}`, 'aria-hidden': 'true' });
    const attributes = { type: 'button', class: `icon-button ${name}`, title: label, 'aria-label': label, tabindex };
    return element('button', attributes, [mark]);
  });
  return element('span', { class: 'code-actions' }, buttons);
}

/** The lines that are shown of long code. */
function folded(code: string, closed: boolean): string {
  let at = closed ? -1 : code.length;
  for (let line = 0; line < foldedLines; line++)
    at = closed ? code.indexOf('\n', at + 1) : code.lastIndexOf('\n', at - 1);
  return closed ? code.slice(0, at) : code.slice(at + 1);
}
