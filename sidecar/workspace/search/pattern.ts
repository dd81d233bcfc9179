/** One pattern for two engines. */
export interface Pattern {
  /** For ripgrep: the syntax of Rust's `regex` crate. */
  rust: string;
  /** For one line without its end; means what ripgrep means with `--crlf`. */
  js: RegExp;
  ignoreCase: boolean;
}

export type PatternRead = { kind: 'pattern'; pattern: Pattern } | { kind: 'refused'; reason: string };

/** An element of a pattern as each engine writes it. */
interface Piece {
  rust: string;
  js: string;
}

class Refusal extends Error {}

/** Rust's `\w`, `\d` and `\s` are those of Unicode (its UTS 18, Annex C); JavaScript's are not. */
const sets: Record<string, string> = {
  w: '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]',
  d: '\\p{Nd}',
  s: '\\p{White_Space}',
};
const word = sets.w;
const edges: Record<string, string> = {
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
  '<': `(?:(?<!${word})(?=${word}))`,
  '>': `(?:(?<=${word})(?!${word}))`,
};
const controls: Record<string, number> = { t: 9, v: 11, f: 12, a: 7 };
/** POSIX classes, ASCII in both. */
const posix: Record<string, string> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
};
const mostRepeats = 1000;

/**
 * Reads a regular expression in what JavaScript, Rust, RE2 and Python have in common, and writes it for both engines. A
 * brace or bracket that can only be meant literally is taken so. What one engine lacks is refused in one line.
 */
export function readPattern(source: string, ignoreCase: boolean): PatternRead {
  const flag = source.startsWith('(?i)');
  try {
    const { rust, js } = readSequence(flag ? source.slice(4) : source);
    const folds = ignoreCase || flag;
    return { kind: 'pattern', pattern: { rust, js: new RegExp(js, folds ? 'iv' : 'v'), ignoreCase: folds } };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
    if (error instanceof SyntaxError) return { kind: 'refused', reason: 'The pattern is no regular expression.' };
    throw error;
  }
}

function readSequence(source: string): Piece {
  const out: Piece = { rust: '', js: '' };
  let open = 0;
  let repeatable = false;
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const { length, repeats, opens = 0, piece } = readOne(rest, repeatable);
    open += opens;
    if (open < 0) throw new Refusal('There is a ) without a (. Write \\) for the character.');
    out.rust += piece.rust;
    out.js += piece.js;
    repeatable = repeats;
    at += length;
  }
  if (open > 0) throw new Refusal('There is a ( without a ). Write \\( for the character.');
  return out;
}

interface One {
  length: number;
  piece: Piece;
  /** Whether `*` may follow. */
  repeats: boolean;
  opens?: 1 | -1;
}

function readOne(rest: string, repeatable: boolean): One {
  const quantifier = /^(?:[*+?]|\{(\d*)(?:(,)(\d*))?\})\??/.exec(rest);
  if (quantifier && !/^\{,?\}/.test(quantifier[0])) return readQuantifier(quantifier, repeatable);
  const first = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  if (first === '\\') return readEscape(rest);
  if (first === '[') return readClass(rest);
  if (first === '(') return readGroup(rest);
  if (first === ')') return { length: 1, piece: same(')'), repeats: true, opens: -1 };
  if (first === '|') return { length: 1, piece: same('|'), repeats: false };
  if (first === '.') return { length: 1, piece: { rust: '.', js: '[^\\r\\n]' }, repeats: true };
  if (first === '^') return { length: 1, piece: { rust: '^', js: '(?<![^\\r\\n])' }, repeats: false };
  if (first === '$') return { length: 1, piece: { rust: '$', js: '(?![^\\r\\n])' }, repeats: false };
  return { length: first.length, piece: literal(first.codePointAt(0) ?? 0), repeats: true };
}

const same = (text: string): Piece => ({ rust: text, js: text });

function literal(code: number): Piece {
  if (code === 10 || code === 13)
    throw new Refusal('Lines are searched one by one: the pattern cannot have line ends.');
  const char = String.fromCodePoint(code);
  return /^[A-Za-z0-9_ ]$/.test(char)
    ? same(char)
    : { rust: `\\x{${code.toString(16)}}`, js: `\\u{${code.toString(16)}}` };
}

function readQuantifier([text, from, comma, to]: RegExpExecArray, repeatable: boolean): One {
  if (!repeatable) throw new Refusal(`There is nothing to repeat before ${text}. Write \\${text} for the character.`);
  const [low, high] = [Number(from || 0), Number(to || from || 0)];
  if (Math.max(low, high) > mostRepeats) throw new Refusal(`A repetition goes up to ${mostRepeats}.`);
  if (comma && to && high < low) throw new Refusal(`${text} ends before it begins.`);
  return { length: text.length, piece: same(text.replace('{,', '{0,')), repeats: false };
}

function readGroup(rest: string): One {
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return { length: named[0].length, piece: same('('), repeats: false, opens: 1 };
  if (rest.startsWith('(?:')) return { length: 3, piece: same('(?:'), repeats: false, opens: 1 };
  if (/^\(\?<?[=!]/.test(rest)) throw new Refusal('Lookaround is not supported: search for more and read the place.');
  if (rest.startsWith('(?')) throw new Refusal('Flags are not supported but for (?i) at the beginning.');
  return { length: 1, piece: same('('), repeats: false, opens: 1 };
}

function readEscape(rest: string): One {
  const edge = edges[rest[1] ?? ''];
  if (edge) return { length: 2, piece: { rust: rest.slice(0, 2), js: edge }, repeats: false };
  const { length, piece } = escaped(rest);
  return { length, piece, repeats: true };
}

/** An escape that stands for one character or a set of them; `code` where it is one. */
function escaped(rest: string): { length: number; piece: Piece; code?: number } {
  const letter = rest[1];
  if (letter === undefined) throw new Refusal('The pattern ends with a single \\.');
  const set = sets[letter.toLowerCase()];
  if (set) {
    const inside = letter === letter.toLowerCase() ? set : `[^${set}]`;
    return { length: 2, piece: { rust: rest.slice(0, 2), js: withoutLineEnds(inside) } };
  }
  const property = /^\\([pP])(?:\{(\w{1,2})\}|([A-Z]))/.exec(rest);
  if (property) {
    const text = `\\${property[1]}{${property[2] ?? property[3]}}`;
    return { length: property[0].length, piece: { rust: text, js: withoutLineEnds(text) } };
  }
  const hex = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|[xu]\{([\da-fA-F]{1,6})\})/.exec(rest);
  const code = hex ? Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16) : controls[letter];
  if (code !== undefined && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)))
    throw new Refusal(`${hex?.[0]} is no character.`);
  if (code !== undefined) return { length: hex?.[0].length ?? 2, piece: literal(code), code };
  if (letter === 'n' || letter === 'r') literal(10);
  if (/[1-9k]/.test(letter)) throw new Refusal('Back references are not supported.');
  if (/[A-Za-z0-9]/.test(letter)) throw new Refusal(`There is no escape \\${letter}.`);
  const char = rest.codePointAt(1) ?? 0;
  return { length: 1 + String.fromCodePoint(char).length, piece: literal(char), code: char };
}

const withoutLineEnds = (set: string) => `[${set}--[\\r\\n]]`;

/** `[…]`: characters, ranges, sets and POSIX classes. A `[` or `-` that begins none of these is a character. */
function readClass(rest: string): One {
  const negated = rest[1] === '^';
  const items: Piece[] = [];
  let at = negated ? 2 : 1;
  for (const begin = at; at === begin || rest[at] !== ']'; ) {
    if (at >= rest.length) throw new Refusal('There is a [ without a ]. Write \\[ for the character.');
    const low = classItem(rest.slice(at));
    at += low.length;
    if (low.code === undefined || rest[at] !== '-' || rest[at + 1] === ']' || rest[at + 1] === undefined) {
      items.push(low.piece);
      continue;
    }
    const high = classItem(rest.slice(at + 1));
    if (high.code === undefined) {
      items.push(low.piece);
      continue;
    }
    if (high.code < low.code)
      throw new Refusal(`The range ${rest.slice(at - low.length, at + 1 + high.length)} is the wrong way round.`);
    at += 1 + high.length;
    items.push({ rust: `${low.piece.rust}-${high.piece.rust}`, js: `${low.piece.js}-${high.piece.js}` });
  }
  const caret = negated ? '^' : '';
  const [rust, js] = [items.map((item) => item.rust).join(''), items.map((item) => item.js).join('')];
  return {
    length: at + 1,
    piece: { rust: `[${caret}${rust}]`, js: withoutLineEnds(`[${caret}${js}]`) },
    repeats: true,
  };
}

function classItem(rest: string): { length: number; piece: Piece; code?: number } {
  const named = /^\[:(\^?)(\w+):\]/.exec(rest);
  const set = posix[named?.[2] ?? ''];
  if (named && set) return { length: named[0].length, piece: { rust: named[0], js: `[${named[1]}${set}]` } };
  if (rest.startsWith('\\b')) throw new Refusal('There is no escape \\b in [].');
  if (rest.startsWith('\\')) return escaped(rest);
  const code = rest.codePointAt(0) ?? 0;
  return { length: String.fromCodePoint(code).length, piece: literal(code), code };
}
