import { type FunctionComponent, h, type VNode } from 'preact';
import { useRef } from 'preact/hooks';

/**
 * A component that is drawn again only when a prop is another value; of arrays the members are compared. Signals that it
 * reads still draw it.
 */
export function memo<P extends object>(Inner: FunctionComponent<P>): FunctionComponent<P> {
  return function Memo(props: P) {
    const last = useRef<{ props: P; node: VNode<P> } | undefined>(undefined);
    // The same node object again: Preact leaves it alone.
    const kept = last.current && sameProps(last.current.props, props) ? last.current : { props, node: h(Inner, props) };
    last.current = kept;
    return kept.node;
  };
}

function sameProps(a: object, b: object): boolean {
  const before = Object.entries(a);
  const after = new Map(Object.entries(b));
  return before.length === after.size && before.every(([key, value]) => same(value, after.get(key)));
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((member, i) => member === b[i]);
}
