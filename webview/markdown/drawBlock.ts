import type { Token } from 'markdown-it';
import { words } from '../words.ts';
import { codeBlock } from './codeBlock.ts';
import { element } from './elements.ts';
import { isClosed } from './openFence.ts';
import type { Block } from './parser.ts';

/**
 * Draws parsed markdown as elements. Only the tags named here exist: what a model writes cannot become anything else.
 * Headings of an answer rank below those of the panel.
 */
const tags: Partial<Record<string, keyof HTMLElementTagNameMap>> = {
  ...{ p: 'p', blockquote: 'blockquote', ul: 'ul', ol: 'ol', li: 'li', em: 'em', strong: 'strong', s: 's', hr: 'hr' },
  ...{ br: 'br', table: 'table', thead: 'thead', tbody: 'tbody', tr: 'tr', th: 'th', td: 'td' },
  ...{ h1: 'h3', h2: 'h4', h3: 'h5', h4: 'h6', h5: 'h6', h6: 'h6' },
};

/** How a block is drawn. */
export interface Drawing {
  /** No more text of it will come, so its code is complete. */
  settled: boolean;
  /** Code is coloured at once, and not only when it is seen. */
  coloured: boolean;
  /** Of links, buttons and what scrolls. */
  tabIndex: number;
}

export function drawBlock(block: Block, drawing: Drawing): HTMLElement {
  return element('div', { class: 'block' }, drawTokens(block.tokens, drawing));
}

function drawTokens(tokens: readonly Token[], drawing: Drawing): (Node | string)[] {
  const root: (Node | string)[] = [];
  const stack: { token: Token; children: (Node | string)[] }[] = [];
  const add = (children: readonly (Node | string)[]) => {
    const into = stack.at(-1)?.children ?? root;
    for (const child of children) into.push(child);
  };
  for (const token of tokens) {
    if (token.nesting === 1) {
      stack.push({ token, children: [] });
    } else if (token.nesting === -1) {
      const open = stack.pop();
      if (open) add(drawElement(open.token, open.children, drawing));
    } else {
      add(drawLeaf(token, drawing));
    }
  }
  return root;
}

function drawLeaf(token: Token, drawing: Drawing): (Node | string)[] {
  switch (token.type) {
    case 'inline':
      return drawTokens(token.children ?? [], drawing);
    case 'softbreak':
      return ['\n'];
    case 'code_inline':
      return [element('code', { dir: 'ltr' }, [token.content])];
    case 'fence':
    case 'code_block': {
      const language = token.info.trim().split(/\s+/)[0] ?? '';
      const path = /\b(?:title|path|file(?:name)?)=["']?([^"'\s]+)/.exec(token.info)?.[1];
      const closed = drawing.settled || token.type === 'code_block' || isClosed(token);
      return [codeBlock({ code: token.content, language, path, closed }, drawing)];
    }
    case 'image': {
      // Pictures from the network would tell a server that this answer was read: they are links.
      const address = attribute(token, 'src');
      return [link(address, [token.content || address], drawing)];
    }
    default: {
      const tag = tags[token.tag];
      return [tag ? element(tag) : token.content];
    }
  }
}

function drawElement(token: Token, children: (Node | string)[], drawing: Drawing): (Node | string)[] {
  // Paragraphs of a tight list are hidden.
  if (token.hidden) return children;
  if (token.type === 'link_open') return [link(attribute(token, 'href'), children, drawing)];
  const tag = tags[token.tag];
  if (!tag) return children;
  const attributes: Record<string, string> = {};
  const start = attribute(token, 'start');
  if (start) attributes.start = start;
  const align = /text-align:(left|center|right)/.exec(attribute(token, 'style'))?.[1];
  if (align) attributes.class = `align-${align}`;
  const drawn = element(tag, attributes, children);
  if (tag !== 'table') return [drawn];
  // A wide table scrolls by itself, with the keyboard too.
  const scrolling = { class: 'table-scroll', tabindex: String(drawing.tabIndex), 'aria-label': words.table };
  return [element('section', scrolling, [drawn])];
}

/** A link that the host opens; what may not be opened stays plain text. */
function link(href: string, children: readonly (Node | string)[], { tabIndex }: Drawing): HTMLElement {
  if (!canOpen(href)) return element('span', {}, children);
  return element('a', { href, title: href, tabindex: String(tabIndex) }, children);
}

/** What may be opened: web and mail addresses, and paths in the workspace. */
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

const attribute = (token: Token, name: string) => String(token.attrGet(name) ?? '');
