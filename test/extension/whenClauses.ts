/** One condition of a when-clause: a context key, what is asked of it, and whether it is denied. */
interface Literal {
  key: string;
  /** `== value`, `=~ /…/` or nothing: the key is set. */
  asks: string;
  denied: boolean;
}

/** All of these hold. */
export type Conjunction = Literal[];

/** A when-clause as alternatives. Knows what VS Code writes: `&&`, `||`, `!`, parentheses, `==`, `!=`, `=~` and comparisons. */
export function readWhen(text: string | undefined): Conjunction[] {
  if (!text?.trim()) return [[]];
  const tokens = text.match(/=~\s*\/(?:[^/\\]|\\.)*\/\w*|'[^']*'|&&|\|\||[!=]=|[<>]=?|[!()]|[^\s()!=<>&|]+/g) ?? [];
  let at = 0;
  const any = (): Conjunction[] => {
    let result = all();
    while (tokens[at] === '||') {
      at++;
      result = [...result, ...all()];
    }
    return result;
  };
  const all = (): Conjunction[] => {
    let result = one(false);
    while (tokens[at] === '&&') {
      at++;
      const next = one(false);
      result = result.flatMap((left) => next.map((right) => [...left, ...right]));
    }
    return result;
  };
  const one = (denied: boolean): Conjunction[] => {
    const token = tokens[at++] ?? '';
    if (token === '!') return one(!denied);
    if (token === '(') {
      const inner = any();
      at++;
      return denied ? deny(inner) : inner;
    }
    const operator = tokens[at] ?? '';
    if (operator.startsWith('=~')) {
      at++;
      return [[{ key: token, asks: operator, denied }]];
    }
    if (!/^(?:[!=]=|[<>]=?)$/.test(operator)) return [[{ key: token, asks: '', denied }]];
    const value = (tokens[at + 1] ?? '').replaceAll("'", '');
    at += 2;
    if (operator === '!=') return [[{ key: token, asks: `== ${value}`, denied: !denied }]];
    return [[{ key: token, asks: `${operator} ${value}`, denied }]];
  };
  return any();
}

function deny(alternatives: Conjunction[]): Conjunction[] {
  return alternatives.reduce<Conjunction[]>(
    (result, each) =>
      result.flatMap((left) => each.map((literal) => [...left, { ...literal, denied: !literal.denied }])),
    [[]],
  );
}

const never = ({ key, denied }: Literal) => key === 'false' && !denied;

function contradict(a: Literal, b: Literal): boolean {
  if (a.key !== b.key) return false;
  if (a.asks === b.asks) return a.denied !== b.denied;
  return !a.denied && !b.denied && a.asks.startsWith('== ') && b.asks.startsWith('== ');
}

/**
 * Whether two conjunctions can hold in one place. `places`: for a key that says where the focus is, all the keys that are
 * set only elsewhere.
 */
export function canMeet(a: Conjunction, b: Conjunction, places: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const apart = (one: Conjunction, other: Conjunction) =>
    one.some((here) => !here.denied && other.some((there) => !there.denied && places.get(here.key)?.has(there.key)));
  if (a.some(never) || b.some(never) || apart(a, b) || apart(b, a)) return false;
  return !a.some((left) => b.some((right) => contradict(left, right)));
}
