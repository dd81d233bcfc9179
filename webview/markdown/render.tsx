import type { Token } from 'markdown-it';
import type { ComponentChildren } from 'preact';
import { h } from 'preact';
import { words } from '../words.ts';
import { useTabIndex } from './answerContext.ts';
import { CodeBlock } from './codeBlock.tsx';
import { Link } from './link.tsx';
import type { Block } from './parser.ts';

/**
 * Draws parsed markdown as elements. Nothing is ever set as HTML, and only the tags named here exist: what a model
 * writes cannot become anything else.
 */
const plainTags = new Set([
  ...[
    'p',
    'blockquote',
    'ul',
    'ol',
    'li',
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
    'em',
    'strong',
    's',
    'hr',
    'br',
  ],
  // Headings of an answer rank below those of the panel.
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
]);
const headings: Record<string, string> = { h1: 'h3', h2: 'h4', h3: 'h5', h4: 'h6', h5: 'h6' };

interface Open {
  token: Token;
  children: ComponentChildren[];
}

/** Elements of one block. `settled`: no more text will come, so its code is complete. */
export function renderBlock(block: Block, settled: boolean): ComponentChildren[] {
  return renderTokens(block.tokens, { block, settled });
}

interface Surroundings {
  block: Block;
  settled: boolean;
}

function renderTokens(tokens: readonly Token[], around: Surroundings): ComponentChildren[] {
  const root: ComponentChildren[] = [];
  const stack: Open[] = [];
  const add = (child: ComponentChildren) => (stack.at(-1)?.children ?? root).push(child);
  for (const token of tokens) {
    if (token.nesting === 1) {
      stack.push({ token, children: [] });
    } else if (token.nesting === -1) {
      const open = stack.pop();
      if (open) add(element(open.token, open.children));
    } else {
      add(leaf(token, around));
    }
  }
  return root;
}

function leaf(token: Token, around: Surroundings): ComponentChildren {
  switch (token.type) {
    case 'inline':
      return renderTokens(token.children ?? [], around);
    case 'text':
      return token.content;
    case 'softbreak':
      return '\n';
    case 'code_inline':
      return <code dir="ltr">{token.content}</code>;
    case 'fence':
    case 'code_block': {
      const language = token.info.trim().split(/\s+/)[0] ?? '';
      const path = /\b(?:title|path|file(?:name)?)=["']?([^"'\s]+)/.exec(token.info)?.[1];
      const closed = around.settled || token.type === 'code_block' || isClosed(token, around.block);
      return <CodeBlock code={token.content} language={language} path={path} closed={closed} />;
    }
    case 'image':
      // Pictures from the network would tell a server that this answer was read: they are links.
      return <Link href={attribute(token, 'src')}>{token.content || attribute(token, 'src')}</Link>;
    default:
      return plainTags.has(token.tag) ? h(token.tag, {}) : token.content;
  }
}

function element(token: Token, children: ComponentChildren[]): ComponentChildren {
  // Paragraphs of a tight list are hidden.
  if (token.hidden) return children;
  if (token.type === 'link_open') return <Link href={attribute(token, 'href')}>{children}</Link>;
  if (!plainTags.has(token.tag)) return children;
  const attributes: Record<string, string> = {};
  const start = attribute(token, 'start');
  if (start) attributes.start = start;
  const align = /text-align:(left|center|right)/.exec(attribute(token, 'style'))?.[1];
  if (align) attributes.class = `align-${align}`;
  if (token.tag === 'table') return <ScrollingTable>{children}</ScrollingTable>;
  return h(headings[token.tag] ?? token.tag, attributes, children);
}

/** A wide table scrolls by itself, with the keyboard too. */
function ScrollingTable({ children }: { children: ComponentChildren }) {
  const tabIndex = useTabIndex();
  return (
    <section class="table-scroll" tabIndex={tabIndex} aria-label={words.table}>
      <table>{children}</table>
    </section>
  );
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '');
}

/** Whether the closing fence has come: only then are the lines coloured and the copied text known to be whole. */
function isClosed(token: Token, block: Block): boolean {
  const [from, to] = token.map ?? [0, 0];
  if (to - from < 2) return false;
  const last = block.source.split('\n')[to - 1 - block.firstLine] ?? '';
  // Quotes and lists put their own marks before the fence.
  const run = /^[\s>]*(`+|~+)[ \t]*\r?$/.exec(last)?.[1] ?? '';
  return run.length >= token.markup.length && run[0] === token.markup[0];
}
