/** A word of a command after the shell's quote removal. */
export interface Word {
  /** As written. */
  raw: string;
  /** What the program gets; null if only the run knows it. A leading `~` that the shell expands stays and sets `tilde`. */
  text: string | null;
  tilde?: true;
  /** The same with unquoted `*`, `?` and `[` meant as patterns and the others escaped by a backslash. */
  pattern?: string;
  /** A process substitution: the name of a pipe. */
  stream?: true;
  /** Parts that only the run knows stand outside of quotes, so it may become several words or none. */
  splits?: true;
}

/** Where an expansion stands in the raw text, as the grammar found it. */
export interface Expansion {
  start: number;
  end: number;
  stream: boolean;
}

type Piece = { char: string; quoted: boolean } | { expansion: true; quoted: boolean; stream: boolean };

const mostWords = 64;

/**
 * Reads one word by bash's own rules and expands its braces; null if it cannot be one word, so that the grammar and the
 * shell would disagree. A second reading of what the grammar found, on purpose.
 */
export function readWord(raw: string, expansions: readonly Expansion[]): Word[] | null {
  const pieces = piecesOf(raw, expansions);
  if (pieces === null) return null;
  const expanded = expandBraces(pieces);
  if (expanded === null) return [{ raw, text: null, splits: true }];
  return expanded.map((each) => wordOf(raw, each));
}

function piecesOf(raw: string, expansions: readonly Expansion[]): Piece[] | null {
  const pieces: Piece[] = [];
  let inDouble = false;
  let at = 0;
  if (raw.startsWith('#')) return null;
  while (at < raw.length) {
    const expansion = expansions.find((each) => each.start === at);
    if (expansion) {
      pieces.push({ expansion: true, quoted: inDouble, stream: expansion.stream });
      at = expansion.end;
      continue;
    }
    const char = raw[at] ?? '';
    const next = raw[at + 1];
    if (inDouble) {
      if (char === '"') inDouble = false;
      else if (char === '`' || (char === '$' && next !== undefined && /[\w{(@*#?$!-]/.test(next))) return null;
      else if (char === '\\' && next !== undefined && /[$`"\\\n]/.test(next)) {
        if (next !== '\n') pieces.push({ char: next, quoted: true });
        at++;
      } else pieces.push({ char, quoted: true });
      at++;
      continue;
    }
    if (char === '\\') {
      if (next === undefined) return null;
      if (next !== '\n') pieces.push({ char: next, quoted: true });
      at += 2;
    } else if (char === "'") {
      const end = raw.indexOf("'", at + 1);
      if (end < 0) return null;
      for (const each of raw.slice(at + 1, end)) pieces.push({ char: each, quoted: true });
      if (end === at + 1) pieces.push({ char: '', quoted: true });
      at = end + 1;
    } else if (char === '$' && next === "'") {
      const ansi = readAnsi(raw, at + 2);
      if (ansi === null) return null;
      pieces.push({ char: ansi.text, quoted: true });
      at = ansi.end;
    } else if (char === '"' || (char === '$' && next === '"')) {
      inDouble = true;
      pieces.push({ char: '', quoted: true });
      at += char === '"' ? 1 : 2;
    } else if (char === '$' && next !== undefined && /[\w{([@*#?$!-]/.test(next)) {
      return null;
    } else if (/[\s;|&<>()`]/.test(char)) {
      return null;
    } else {
      pieces.push({ char, quoted: false });
      at++;
    }
  }
  return inDouble ? null : pieces;
}

/** `$'...'` from after its opening quote; null for what ends a text in bash (NUL) or has no end. */
function readAnsi(raw: string, from: number): { text: string; end: number } | null {
  const body = /^(?:[^'\\]|\\[\s\S])*/.exec(raw.slice(from))?.[0] ?? '';
  if (raw[from + body.length] !== "'") return null;
  const named: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
    e: '\x1b',
    E: '\x1b',
  };
  const text = body.replace(
    /\\(?:([0-7]{1,3})|x([\dA-Fa-f]{1,2})|u([\dA-Fa-f]{1,4})|U([\dA-Fa-f]{1,8})|([\s\S]))/g,
    (whole, octal?: string, hex?: string, short?: string, long?: string, plain = '') => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      const code = hex ?? short ?? long;
      if (code !== undefined)
        return Number.parseInt(code, 16) > 0x10ffff ? '\0' : String.fromCodePoint(Number.parseInt(code, 16));
      if (plain === 'c' || plain === 'x') return '\0';
      return named[plain] ?? (/['"?\\]/.test(plain) ? plain : whole);
    },
  );
  return text.includes('\0') ? null : { text, end: from + body.length + 1 };
}

/** `{a,b}` to a word each; null for what is not worth expanding: sequences, nested braces, too many. */
function expandBraces(pieces: Piece[]): Piece[][] | null {
  const is = (piece: Piece | undefined, char: string) =>
    piece !== undefined && 'char' in piece && !piece.quoted && piece.char === char;
  const open = pieces.findIndex((piece) => is(piece, '{'));
  if (open < 0) return [pieces];
  const close = pieces.findIndex((piece, index) => index > open && is(piece, '}'));
  if (close < 0) return pieces.some((piece) => is(piece, ',')) ? null : [pieces];
  const inner = pieces.slice(open + 1, close);
  if (inner.some((piece) => is(piece, '{'))) return null;
  const options: Piece[][] = [[]];
  for (const piece of inner) {
    if (is(piece, ',')) options.push([]);
    else options.at(-1)?.push(piece);
  }
  const text = inner.map((piece) => ('char' in piece ? piece.char : '$')).join('');
  if (options.length === 1 && text.includes('..')) return null;
  const rests = expandBraces(pieces.slice(close + 1));
  if (rests === null || options.length * rests.length > mostWords) return null;
  const before = pieces.slice(0, open);
  if (options.length === 1) return rests.map((rest) => [...pieces.slice(0, close + 1), ...rest]);
  return options.flatMap((option) => rests.map((rest) => [...before, ...option, ...rest]));
}

function wordOf(raw: string, pieces: Piece[]): Word {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only && 'stream' in only && only.stream) return { raw, text: null, stream: true };
  const unknown = pieces.filter((piece) => 'expansion' in piece);
  if (unknown.length > 0) {
    return { raw, text: null, ...(unknown.some((piece) => !piece.quoted) ? { splits: true as const } : {}) };
  }
  const chars = pieces.filter((piece) => 'char' in piece);
  const word: Word = { raw, text: chars.map(({ char }) => char).join('') };
  const first = chars[0];
  if (first?.char === '~' && !first.quoted) word.tilde = true;
  if (chars.some(({ char, quoted }) => !quoted && /[*?[]/.test(char))) {
    word.pattern = chars.map(({ char, quoted }) => (quoted ? char.replace(/[*?[\]\\!^-]/g, '\\$&') : char)).join('');
  }
  return word;
}
