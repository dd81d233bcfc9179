import type { Block } from './parser.ts';

/** From this length on a block is taken in parts, at the next place that allows it, in characters. */
const longPart = 16_000;
const longestPart = 20_000;

/** As much of an answer as is parsed at once, where more than that is not settled; undefined where it is not. */
export function windowEnd(text: string, settled: number): number | undefined {
  if (text.length - settled <= longestPart) return undefined;
  const line = text.lastIndexOf('\n', settled + longestPart - 1) + 1;
  return line > settled ? line : settled + longestPart;
}

/**
 * Where a block that fills a whole window can be divided so that both parts look as before: a list before an item, a table
 * and a quote between lines, a paragraph at a line or a space. It follows from the text alone.
 */
export function partEnd({ tokens, source }: Block): number | undefined {
  const after = (line: RegExp) => {
    const found = line.exec(source.slice(longPart));
    return found ? longPart + found.index + 1 : undefined;
  };
  switch (tokens[0]?.type) {
    case 'bullet_list_open':
    case 'ordered_list_open':
      return after(/\n(?=(?:[-*+]|\d{1,9}[.)]) )/);
    case 'table_open':
      return after(/\n(?=.*\|)/);
    case 'blockquote_open':
      return after(/\n(?=>)/);
    case 'paragraph_open':
      return after(/\n/) ?? after(/ /) ?? source.length;
    default:
      return undefined;
  }
}

/** The head of a table, which stands over each of its parts; empty for what is no table. */
export function headOf({ tokens, source }: Block): string {
  if (tokens[0]?.type !== 'table_open') return '';
  return /^\s*(?:.*\n){2}/.exec(source)?.[0].trimStart() ?? '';
}
