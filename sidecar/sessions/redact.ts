import { isPlaceholder, namedForms, type SecretForm, secretForms } from './secretForms.ts';

/**
 * A text without the secrets that can be known by their form; each becomes `[REDACTED:kind]`. Redacting twice is
 * redacting once. Pure.
 */
export function redactText(text: string): string {
  let current = text;
  // What goes can leave something beside it that only now looks like a secret.
  for (;;) {
    const next = redactForms(redactKeyBlocks(current));
    if (next === current) return next;
    current = next;
  }
}

function redactForms(text: string): string {
  let current = text;
  for (const form of [...secretForms, ...namedForms]) current = redactForm(current, form);
  return current;
}

function redactForm(text: string, { name, form, secret }: SecretForm): string {
  return text.replace(form, (...match: unknown[]) => {
    const all = String(match[0]);
    const value = secret === undefined ? all : String(match[secret]);
    if (value.includes('[REDACTED:') || (secret !== undefined && isPlaceholder(value))) return all;
    const at = all.lastIndexOf(value);
    return `${all.slice(0, at)}[REDACTED:${name}]${all.slice(at + value.length)}`;
  });
}

const keyBegin = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g;
const keyEnd = /-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
/** Characters; an RSA key of 16,384 bits has about 13,000. */
const longestKey = 20_000;
/** A line of a key, also with a line number, in a string, or with its newlines written as \n. */
const keyLine = /^(?:\s|\d+\t|["'`+,]|\\[nr])*[A-Za-z0-9+/=]{16,}(?:\\[nr]|["'`+,;]|\s)*/;

/** Private keys in PEM; of one that is cut off, the lines that are there. Code that only names the marks stays. */
function redactKeyBlocks(text: string): string {
  let out = '';
  let from = 0;
  for (const begin of text.matchAll(keyBegin)) {
    if (begin.index < from) continue;
    const body = begin.index + begin[0].length;
    const rest = text.slice(body, body + longestKey);
    const end = keyEnd.exec(rest);
    const whole = end !== null && /[A-Za-z0-9+/=]{40,}/.test(rest.slice(0, end.index));
    const length = whole ? end.index + end[0].length : keyLines(rest);
    if (length === 0) continue;
    out += `${text.slice(from, begin.index)}[REDACTED:private-key]`;
    from = body + length;
  }
  return out + text.slice(from);
}

function keyLines(rest: string): number {
  let length = 0;
  for (;;) {
    const line = keyLine.exec(rest.slice(length));
    if (line === null) return rest.slice(0, length).trimEnd().length;
    length += line[0].length;
  }
}
