import MarkdownIt, { type Env, type Token } from 'markdown-it';

/** One top-level block of an answer. The same object stands for the same block until it changes. */
export interface Block {
  tokens: Token[];
  /** The answer's own text of the block. */
  source: string;
  /** Where `source` begins, in the lines that the tokens' maps count. */
  firstLine: number;
}

/** What is known of an answer that grows at its end. */
export interface StreamedText {
  /** All of the source that was seen. */
  source: string;
  /** Blocks that no further text can change. */
  settled: Block[];
  /** Where in `source` the unsettled rest begins. */
  settledLength: number;
  /** The rest as it looks now. */
  open: Block[];
  env: Env;
}

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });

export const emptyText: StreamedText = { source: '', settled: [], settledLength: 0, open: [], env: {} };

/**
 * Takes the answer as it stands now. Text that only grew costs the parse of its last block: CommonMark decides line by
 * line, so once whole lines have opened another top-level block, the ones before it are settled.
 */
export function advance(previous: StreamedText, source: string): StreamedText {
  const base = source.startsWith(previous.source) ? previous : emptyText;
  const env: Env = base === emptyText ? {} : base.env;
  const settled = [...base.settled];
  let settledLength = base.settledLength;

  const wholeLines = source.lastIndexOf('\n') + 1;
  if (wholeLines > settledLength) {
    const blocks = split(source.slice(settledLength, wholeLines), env);
    for (const block of blocks.slice(0, -1)) {
      settled.push(block);
      settledLength += block.source.length;
    }
  }
  return { source, settled, settledLength, open: split(source.slice(settledLength), env), env };
}

/** The whole answer at once, for when it is complete: link references may stand after their use. */
export function parseWhole(source: string): Block[] {
  const env: Env = {};
  // The first pass only collects the references.
  markdown.parse(source, env);
  return split(source, env);
}

/** Splits at top-level blocks. Each block's source runs to the start of the next, so that lengths add up. */
function split(source: string, env: Env): Block[] {
  const tokens = markdown.parse(source, env);
  const starts: { token: number; line: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.level === 0 && token.nesting >= 0) starts.push({ token: index, line: token.map?.[0] ?? 0 });
  });
  const offsets = lineOffsets(source);
  return starts.map(({ token, line }, index) => {
    const next = starts[index + 1];
    const from = index === 0 ? 0 : (offsets[line] ?? source.length);
    const to = next ? (offsets[next.line] ?? source.length) : source.length;
    return {
      tokens: tokens.slice(token, next?.token),
      source: source.slice(from, to),
      firstLine: index === 0 ? 0 : line,
    };
  });
}

function lineOffsets(source: string): number[] {
  const offsets = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) offsets.push(at + 1);
  return offsets;
}
