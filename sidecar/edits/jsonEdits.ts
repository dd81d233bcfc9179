import type { AnswerEdit } from './searchReplace.ts';

/**
 * Edits that a model wrote as JSON: one object, an array, one object a line, `{"edits": […]}`, or a tool call with
 * `arguments`. Null if the text is no such JSON. Real newlines inside strings are accepted.
 */
export function parseJsonEdits(text: string): AnswerEdit[] | null {
  if (!looksLikeJsonEdits(text)) return null;
  const values = parseLenient(text);
  if (values === null) return null;
  const edits = values.flatMap((value) => editsIn(value, null, 0));
  return edits.length > 0 ? edits : null;
}

/** Whether a block, perhaps cut off, is edits in JSON and so never the text of a file. */
export function looksLikeJsonEdits(text: string): boolean {
  return /^\s*[[{]/.test(text) && /"old_str(?:ing)?"\s*:/.test(text.replaceAll('\\"', '"'));
}

function parseLenient(text: string): unknown[] | null {
  const whole = parse(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(parse);
  return values.length > 1 && !values.includes(undefined) ? values : null;
}

function parse(text: string): unknown {
  for (const candidate of [text, escapeControls(text)]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next form, or no JSON at all.
    }
  }
  return undefined;
}

/** Inside of strings, models write newlines and tabs as they are. */
function escapeControls(text: string): string {
  const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, (string) =>
    string.replace(/[\n\r\t]/g, (control) => named[control] ?? control),
  );
}

function editsIn(value: unknown, path: string | null, depth: number): AnswerEdit[] {
  if (depth > 4 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => editsIn(item, path, depth + 1));
  const record = value as Record<string, unknown>;
  const own = stringOf(record, 'file_path', 'path', 'filePath', 'file') ?? path;
  const oldString = stringOf(record, 'old_string', 'old_str', 'oldString');
  const newString = stringOf(record, 'new_string', 'new_str', 'newString');
  if (oldString !== null && newString !== null) return [{ path: own, oldString, newString }];
  return ['edits', 'arguments', 'parameters', 'changes', 'function', 'tool_calls'].flatMap((key) => {
    const inner = record[key];
    return editsIn(typeof inner === 'string' ? parse(inner) : inner, own, depth + 1);
  });
}

function stringOf(record: Record<string, unknown>, ...keys: string[]): string | null {
  for (const key of keys) {
    const value = record[key];
    if (typeof value === 'string') return value;
  }
  return null;
}
