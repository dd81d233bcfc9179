import { englishBundle, pageScript, readJson } from '../../scripts/texts/bundles.mjs';

/** Arabic's rules (direction, digits, six plural forms) with texts that anybody can read, as Chromium's own pseudo-locale. */
export const pseudoLanguage = 'ar-XB';

const accents: Record<string, string> = {
  a: 'å',
  e: 'é',
  i: 'î',
  o: 'ö',
  u: 'û',
  A: 'Å',
  E: 'É',
  I: 'Î',
  O: 'Ö',
  U: 'Û',
};

/** An English text with accents, brackets that show a cut, 40 % more length, and its words from right to left. */
export function pseudo(text: string): string {
  if (!/\p{L}/u.test(text.replace(/\{\w+\}/g, ''))) return text;
  const accented = text
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? part : part.replace(/[aeiou]/gi, (letter) => accents[letter] ?? letter)))
    .join('');
  const more = 'one two three four five six seven eight nine ten '.repeat(9).slice(0, Math.ceil(text.length * 0.4) - 2);
  return `[\u202e${accented}\u202c ${more}]`;
}

/** What the page loads for that language. */
export function pseudoScript(): string {
  const texts = Object.entries(readJson(englishBundle)).map(([key, text]) => [key, pseudo(text)]);
  return pageScript(Object.fromEntries(texts));
}
