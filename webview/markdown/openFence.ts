import type { Token } from 'markdown-it';
import type { Block } from './parser.ts';

/** Code of a fence that is not closed yet: only its new lines are looked at. */
export interface OpenFence {
  /** As it was when it was found. */
  block: Block;
  /** Where the block, its code, and what was not looked at yet begin in the answer. */
  start: number;
  body: number;
  scanned: number;
  /** A line that closes it. */
  closing: RegExp;
}

/** The fence that a block is, if it is not closed; `start`: where the block stands in the answer. */
export function startFence(block: Block, start: number): OpenFence | undefined {
  const [token, ...others] = block.tokens;
  if (token?.type !== 'fence' || others.length > 0 || isClosed(token)) return undefined;
  const line = lineStart(block.source, token.map?.[0] ?? 0);
  // The lines of an indented fence lose their indentation: that is left to the parser.
  if (!block.source.startsWith(token.markup, line)) return undefined;
  const body = start + block.source.indexOf('\n', line) + 1;
  const closing = new RegExp(`^ {0,3}${token.markup[0]}{${token.markup.length},}[ \\t]*$`, 'm');
  return { block, start, body, scanned: body, closing };
}

/** The fence in the text up to `to`: `end` is where it is closed, and missing while it is not. */
export function readFence(fence: OpenFence, text: string, to: number): { block: Block; end?: number } {
  const found = fence.closing.exec(text.slice(fence.scanned, to));
  const [token] = fence.block.tokens as [Token];
  if (!found) return { block: withCode(token, text.slice(fence.body, to), false, text.slice(fence.start, to)) };
  const close = fence.scanned + found.index;
  const lineEnd = text.indexOf('\n', close);
  const end = lineEnd < 0 || lineEnd >= to ? to : lineEnd + 1;
  return { block: withCode(token, text.slice(fence.body, close), true, text.slice(fence.start, end)), end };
}

function withCode(token: Token, content: string, closed: boolean, source: string): Block {
  const copy: Token = Object.assign(Object.create(Object.getPrototypeOf(token)), token, { content, meta: { closed } });
  return { tokens: [copy], source };
}

/** Whether the closing fence has come: only then are the lines coloured and the copied text known to be whole. */
export function isClosed({ map, content, meta }: Token): boolean {
  if (meta !== null) return (meta as { closed: boolean }).closed;
  const [from, to] = map ?? [0, 0];
  return to - from === lineCount(content) + 2;
}

/** Lines of a text; one that ends with a line break has no empty line behind it. */
export function lineCount(text: string): number {
  let lines = text === '' || text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** Where a line begins, counted from 0. */
export function lineStart(text: string, line: number): number {
  let at = 0;
  for (let n = 0; n < line; n++) at = text.indexOf('\n', at) + 1;
  return at;
}
