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

/** A scanner that skips white space before the value. */
export function createJsonScanner(): JsonScanner {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let started = false;
  return {
    started: () => started,
    feed(text) {
      for (let i = 0; i < text.length; i++) {
        const c = text[i];
        if (escaped) escaped = false;
        else if (inString) {
          if (c === '\\') escaped = true;
          else if (c === '"') inString = false;
        } else if (c === '"') inString = true;
        else if (c === '{' || c === '[') {
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

/** Parses JSON as models write it: strict first, then with raw control characters allowed in strings. */
export function parseModelJson(text: string): ParsedJson {
  for (const candidate of [text, escapeControls(text)]) {
    try {
      return { ok: true, value: JSON.parse(candidate) };
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
