/**
 * Finds where a JSON value that starts with `{` or `[` ends, fed piece by piece, without parsing it: models write raw
 * newlines into strings and stop half way, so a strict parser would never say where the value ends.
 */
export interface JsonScanner {
  /** Reads on from where the last call stopped. The index in `text` just after the value, or -1 if it goes on. */
  feed(text: string): number;
  /** Whether a value has begun, so that `{` or `[` was seen. */
  started(): boolean;
}

/**
 * A scanner that skips white space before the value. Text between three quotes is one string: small models write whole
 * files so, as Python does, and JSON has no two strings side by side.
 */
export function createJsonScanner(): JsonScanner {
  let depth = 0;
  let inString = false;
  let inTriple = false;
  let escaped = false;
  let started = false;
  /** Quotes side by side: those that may open a triple, or close it. */
  let quotes = 0;
  return {
    started: () => started,
    feed(text) {
      for (let i = 0; i < text.length; i++) {
        const c = text[i];
        const before = quotes;
        quotes = c === '"' && !escaped ? before + 1 : 0;
        if (escaped) escaped = false;
        else if (inString || inTriple) {
          if (c === '\\') escaped = true;
          else if (c === '"' && inString) {
            inString = false;
            // Not the second of two at the start of a string: this one ends a text.
            if (before !== 1) quotes = 0;
          } else if (quotes === 3) {
            inTriple = false;
            quotes = 0;
          }
        } else if (c === '"') {
          inTriple = before === 2;
          inString = !inTriple;
          quotes = inTriple ? 0 : 1;
        } else if (c === '{' || c === '[') {
          depth++;
          started = true;
        } else if (c === '}' || c === ']') {
          depth--;
          if (depth <= 0 && started) return i + 1;
        }
      }
      return -1;
    },
  };
}

const controlEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' };

/** Escapes raw control characters inside strings: Devstral escapes the quote only. */
function escapeControls(text: string): string {
  let out = '';
  let inString = false;
  let escaped = false;
  for (const c of text) {
    if (inString && c < ' ') {
      // A backslash before a raw newline is a line the model broke: the newline counts.
      if (escaped) out = out.slice(0, -1);
      out += controlEscapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
      escaped = false;
      continue;
    }
    out += c;
    if (escaped) escaped = false;
    else if (c === '\\') escaped = inString;
    else if (c === '"') inString = !inString;
  }
  return out;
}

export type ParsedJson = { ok: true; value: unknown } | { ok: false };

const tripleQuoted = /"""(?:\r?\n)?([\s\S]*?)"""/g;

/** Texts between three quotes as strings, without the line break that begins them. */
const withoutTriples = (text: string) => text.replace(tripleQuoted, (_, inner: string) => JSON.stringify(inner));

/**
 * Parses JSON as models write it: strict first, then with raw control characters allowed in strings, then with strings
 * between three quotes.
 */
export function parseModelJson(text: string): ParsedJson {
  for (const reading of [() => text, () => escapeControls(text), () => escapeControls(withoutTriples(text))]) {
    try {
      return { ok: true, value: JSON.parse(reading()) };
    } catch {
      // The next reading, or none.
    }
  }
  return { ok: false };
}

/** Whether a parsed value is an object with keys, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
