import MarkdownIt, { type Env, type Token } from 'markdown-it';
import { headOf, partEnd, windowEnd } from './longBlock.ts';
import { isClosed, lineStart, type OpenFence, readFence, startFence } from './openFence.ts';

/** One top-level block of an answer. */
export interface Block {
  tokens: Token[];
  /** The answer's own text of the block, up to the start of the next. */
  source: string;
}

/** Addresses that links refer to by name, as markdown-it keeps them. */
export type References = NonNullable<Env['references']>;

/** Reads an answer that grows at its end, or a long one a little at a time. */
export interface BlockReader {
  /** Characters that were read so far. */
  length(): number;
  /**
   * Reads on, as far as the text goes; it begins with what was read before. Answers the blocks that no further text
   * changes: the same ones wherever the reading was cut.
   */
  read(text: string): Block[];
  /** What stands behind the settled blocks in what was read, as it looks now. */
  open(): Block[];
  /** Those of all that was read. Links that stand before them have to be read once more. */
  references(): References;
}

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });

/**
 * CommonMark decides line by line: once whole lines have opened another top-level block, the ones before it are settled.
 * So text that grew costs the parse of its last block, code only its new lines, and a block that goes on for very long is
 * taken in parts. Lines end with "\n". `known`: the references, if the answer was read before.
 */
export function createBlockReader(known: References = {}): BlockReader {
  let text = '';
  let settled = 0;
  /** Up to where nothing was found to be settled. */
  let tried = 0;
  /** Where a block begins that cannot be taken in parts. */
  let whole = -1;
  let fence: OpenFence | undefined;
  /** Goes before what comes next: the head of a table of which a part is settled. */
  let head = '';
  let references = known;

  function settle(blocks: readonly Block[]): Block[] {
    const source = blocks.map((block) => block.source).join('');
    settled += source.length - head.length;
    tried = 0;
    head = '';
    // Those of what is not settled may still change, and the first of a name counts.
    if (source.includes(']:')) references = parse(source, references).references;
    return [...blocks];
  }

  /** The next blocks that are settled; null if nothing more is. */
  function next(): Block[] | null {
    const lines = text.lastIndexOf('\n') + 1;
    if (fence) {
      const { block, end } = readFence(fence, text, lines);
      if (end === undefined) {
        fence = { ...fence, scanned: Math.max(fence.scanned, lines) };
        return null;
      }
      fence = undefined;
      settled = end;
      return [block];
    }
    const window = whole === settled ? undefined : windowEnd(text, settled);
    const found = window === undefined ? null : nextIn(window, true);
    return found ?? (lines > tried ? nextIn(lines, false) : null);
  }

  function nextIn(end: number, isWindow: boolean): Block[] | null {
    if (end <= settled) return null;
    const { blocks } = parse(head + text.slice(settled, end), references);
    const [block] = blocks;
    if (blocks.length > 1) return settle(blocks.slice(0, -1));
    if (!block) return null;
    fence = head === '' ? startFence(block, settled) : undefined;
    if (fence) {
      // What names an address before it draws nothing and has no block of its own.
      references = parse(text.slice(settled, fence.body), references).references;
      return [];
    }
    if (isWindow) return settlePart(block);
    tried = end;
    return null;
  }

  function settlePart(block: Block): Block[] | null {
    whole = settled;
    const end = partEnd(block);
    if (end === undefined) return null;
    const part = parse(block.source.slice(0, end), references).blocks;
    const cutsCode = part.some(({ tokens }) => tokens.some((token) => token.type === 'fence' && !isClosed(token)));
    if (cutsCode) return null;
    const nextHead = headOf(block);
    const taken = settle(part);
    head = nextHead;
    return taken;
  }

  return {
    length: () => text.length,
    read(grown) {
      text = grown;
      const found: Block[] = [];
      for (let more = next(); more; more = next()) for (const block of more) found.push(block);
      return found;
    },
    open() {
      if (fence) return [readFence(fence, text, text.length).block];
      return parse(head + text.slice(settled), references).blocks;
    },
    references: () => parse(fence ? '' : text.slice(settled), references).references,
  };
}

/** Splits at top-level blocks. */
function parse(source: string, known: References): { blocks: Block[]; references: References } {
  const env: { references: References } = { references: { ...known } };
  const tokens = markdown.parse(source, env);
  const starts: { token: number; line: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.level === 0 && token.nesting >= 0) starts.push({ token: index, line: token.map?.[0] ?? 0 });
  });
  const blocks: Block[] = [];
  let from = 0;
  let line = 0;
  starts.forEach(({ token }, index) => {
    const following = starts[index + 1];
    const to = following ? from + lineStart(source.slice(from), following.line - line) : source.length;
    blocks.push({ tokens: tokens.slice(token, following?.token), source: source.slice(from, to) });
    from = to;
    line = following?.line ?? line;
  });
  return { blocks, references: env.references };
}
