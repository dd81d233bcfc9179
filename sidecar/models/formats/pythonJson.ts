/**
 * JSON as Python's `json` module reads and writes it: Mistral's models were trained on its output, and `JSON.parse` loses
 * what matters there (`1.0`, big integers, the order of keys that look like numbers, the first place of a repeated key).
 */
export type JsonNode =
  | null
  | boolean
  | string
  /** A number as Python prints it. */
  | { number: string }
  | JsonNode[]
  | { entries: [key: string, value: JsonNode][] };

export type JsonRead = { ok: true; value: JsonNode } | { ok: false };

/** Deeper than any real arguments; Python gives up near here too. */
const deepest = 500;
const notJson = Symbol('not JSON');

/** Reads as `json.loads` does: NaN and Infinity are numbers, raw control characters in strings are errors. */
export function readPythonJson(text: string): JsonRead {
  const space = /[ \t\n\r]*/y;
  const number = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  const word = /null|true|false|NaN|-?Infinity/y;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a string.
  const plain = /[^"\\\u0000-\u001f]*/y;
  let at = 0;

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  }

  function take(char: string): boolean {
    if (text[at] !== char) return false;
    at++;
    return true;
  }

  function fail(): never {
    throw notJson;
  }

  function string(): string {
    let out = '';
    for (;;) {
      out += match(plain)?.[0] ?? '';
      if (take('"')) return out;
      if (!take('\\')) fail();
      const letter = text[at++] ?? fail();
      if (letter !== 'u') out += escapes[letter] ?? fail();
      else {
        const hex = text.slice(at, at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) fail();
        at += 4;
        out += String.fromCharCode(Number.parseInt(hex, 16));
      }
    }
  }

  function list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    match(space);
    if (take(close)) return items;
    for (;;) {
      items.push(item());
      match(space);
      if (take(close)) return items;
      if (!take(',')) fail();
      match(space);
    }
  }

  function value(depth: number): JsonNode {
    if (depth > deepest) fail();
    if (take('"')) return string();
    if (take('[')) return list(']', () => value(depth + 1));
    if (take('{')) {
      const found = new Map<string, JsonNode>();
      list('}', () => {
        if (!take('"')) fail();
        const key = string();
        match(space);
        if (!take(':')) fail();
        match(space);
        found.set(key, value(depth + 1));
      });
      return { entries: [...found] };
    }
    const named = match(word);
    if (named) return named[0] in words ? (words[named[0]] ?? null) : { number: named[0] };
    const digits = match(number) ?? fail();
    const [all, whole = '', fraction, exponent] = digits;
    return { number: fraction || exponent ? pythonFloat(Number(all)) : BigInt(whole).toString() };
  }

  try {
    match(space);
    const result = value(0);
    match(space);
    return at === text.length ? { ok: true, value: result } : { ok: false };
  } catch (error) {
    if (error === notJson) return { ok: false };
    throw error;
  }
}

/** Writes as `json.dumps(value, ensure_ascii=False)` does. */
export function writePythonJson(node: JsonNode): string {
  if (node === null || typeof node === 'boolean') return String(node);
  if (typeof node === 'string') return quote(node);
  if (Array.isArray(node)) return `[${node.map(writePythonJson).join(', ')}]`;
  if ('number' in node) return node.number;
  return `{${node.entries.map(([key, value]) => `${quote(key)}: ${writePythonJson(value)}`).join(', ')}}`;
}

/** A value that JavaScript holds already; what its numbers lost is lost. */
export function toJsonNode(value: unknown): JsonNode {
  if (value === null || value === undefined || typeof value === 'function' || typeof value === 'symbol') return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { number: value.toString() };
  if (typeof value === 'number') {
    return { number: Number.isSafeInteger(value) ? String(value + 0) : pythonFloat(value) };
  }
  if (Array.isArray(value)) return value.map(toJsonNode);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return { entries: entries.map(([key, entry]) => [key, toJsonNode(entry)]) };
}

const words: Record<string, JsonNode> = { null: null, true: true, false: false };
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Python escapes.
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (char) => {
    return shortEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** `repr` of a Python float: shortest digits, an exponent of at least two digits below 1e-4 and from 1e16 on. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+';
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
