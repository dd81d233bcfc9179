import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { advance, type Block, emptyText, parseWhole, type StreamedText } from './parser.ts';
import { renderBlock } from './render.tsx';

interface Drawn {
  text: StreamedText;
  settled: { block: Block; node: VNode }[];
}

/** An answer in markdown. While it streams only its last block is drawn again; the others keep their elements. */
export function Markdown({ source, complete }: { source: string; complete: boolean }) {
  const drawn = useRef<Drawn>({ text: emptyText, settled: [] });
  const whole = useRef<{ source: string; nodes: VNode[] } | undefined>(undefined);
  if (complete) {
    if (whole.current?.source !== source) {
      whole.current = { source, nodes: parseWhole(source).map((block, index) => draw(block, index, true)) };
    }
    return <div class="markdown">{whole.current.nodes}</div>;
  }

  const text = advance(drawn.current.text, source);
  const before = drawn.current.settled;
  // The same node object again: Preact leaves its elements alone.
  const settled = text.settled.map((block, index) => {
    const kept = before[index];
    return kept?.block === block ? kept : { block, node: draw(block, index, true) };
  });
  drawn.current = { text, settled };
  const open = text.open.map((block, index) => draw(block, settled.length + index, false));
  // One list: a block keeps its elements when it goes from open to settled.
  return <div class="markdown">{[...settled.map(({ node }) => node), ...open]}</div>;
}

function draw(block: Block, index: number, settled: boolean): VNode {
  return (
    <div class="block" key={index}>
      {renderBlock(block, settled)}
    </div>
  );
}
