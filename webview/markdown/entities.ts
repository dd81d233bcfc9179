/**
 * Takes the place of the package `entities` in the panel's bundle, for the one function of it that markdown-it calls: a
 * browser knows the names of characters by itself. Inert: what is parsed here runs and loads nothing.
 */

const known = new Map<string, string>();

/** The character of one reference with its semicolon, "&amp;"; the reference itself where there is none of that name. */
export function decodeHTMLStrict(reference: string): string {
  const before = known.get(reference);
  if (before !== undefined) return before;
  const text = new DOMParser().parseFromString(reference, 'text/html').documentElement.textContent ?? '';
  // Of "&notit;" a browser reads the beginning and leaves the rest.
  const decoded = text === '' || (text.endsWith(';') && text !== ';') ? reference : text;
  known.set(reference, decoded);
  return decoded;
}
