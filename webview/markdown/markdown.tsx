import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { advance, type Block, emptyText, parseWhole, type StreamedText } from './parser.ts';
import { renderBlock } from './render.tsx';

interface Drawn {
  text: StreamedText;
  settled: { block: Block; node: VNode }[];
  /** Full groups of settled blocks; they are never looked at again. */
  groups: VNode[];
}

/** Blocks of a group. A long answer is compared group by group, and what is out of sight is not laid out. */
const groupSize = 32;
/** More of an answer that came at once is drawn in the next frames, in characters. */
const drawnAtOnce = 64_000;

/** An answer in markdown. While it streams only its last block is drawn again; the others keep their elements. */
export function Markdown({ source, complete }: { source: string; complete: boolean }) {
  const drawn = useRef<Drawn>({ text: emptyText, settled: [], groups: [] });
  const whole = useRef<{ source: string; nodes: VNode[] } | undefined>(undefined);
  const shown = useSlices(source);
  const done = complete && shown.length === source.length;
  if (done && whole.current?.source === source) return <div class="markdown">{whole.current.nodes}</div>;

  const text = advance(drawn.current.text, shown);
  const before = drawn.current.settled;
  // The same node object again: Preact leaves its elements alone.
  const drawBlock = (block: Block, index: number) => {
    const kept = before[index];
    return kept?.block === block ? kept : { block, node: draw(block, index, true) };
  };
  const settled = settledBlocks(text, source, done).map(drawBlock);
  const grew = before.length === 0 || settled[before.length - 1] === before.at(-1);
  const groups = grew ? [...drawn.current.groups] : [];
  while ((groups.length + 1) * groupSize <= settled.length) {
    const from = groups.length * groupSize;
    const nodes = settled.slice(from, from + groupSize).map(({ node }) => node);
    groups.push(group(nodes, groups.length));
  }
  drawn.current = { text, settled, groups };
  const open = done ? [] : text.open.map((block, index) => draw(block, settled.length + index, false));
  const rest = [...settled.slice(groups.length * groupSize).map(({ node }) => node), ...open];
  // A block keeps its place, and so its elements, when it goes from open to settled.
  const nodes = [...groups, ...grouped(rest, groups.length)];
  if (done) whole.current = { source, nodes };
  return <div class="markdown">{nodes}</div>;
}

/** What no further text changes. A link may stand before the address that it refers to: then all is read once more. */
function settledBlocks(text: StreamedText, source: string, done: boolean): Block[] {
  if (!done) return text.settled;
  return hasReferences(text) ? parseWhole(source) : [...text.settled, ...text.open];
}

function draw(block: Block, index: number, settled: boolean): VNode {
  return (
    <div class="block" key={index}>
      {renderBlock(block, settled)}
    </div>
  );
}

function grouped(nodes: VNode[], from = 0): VNode[] {
  const groups: VNode[] = [];
  for (let at = 0; at < nodes.length; at += groupSize) {
    groups.push(group(nodes.slice(at, at + groupSize), from + groups.length));
  }
  return groups;
}

const group = (nodes: VNode[], index: number): VNode => (
  <div class="blocks" key={index}>
    {nodes}
  </div>
);

const hasReferences = ({ env }: StreamedText) => Object.keys((env.references as object | undefined) ?? {}).length > 0;

/** As much of a text as is drawn in this frame: all of a text that grows piece by piece. */
function useSlices(source: string): string {
  const [length, setLength] = useState(drawnAtOnce);
  const more = length < source.length;
  useEffect(() => {
    if (!more) return;
    const frame = requestAnimationFrame(() => setLength(length + drawnAtOnce));
    return () => cancelAnimationFrame(frame);
  }, [more, length]);
  return more ? source.slice(0, length) : source;
}
