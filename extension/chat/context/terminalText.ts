import { stripVTControlCharacters } from 'node:util';

/** Characters of one output: the end stays, for that is where the errors are. */
const longest = 60_000;

/** Marks of the shell integration: operating system commands, ended by a bell or by ESC and a backslash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal writes.
const marks = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of control characters has no place in a text.
const controls = /[\x00-\x08\x0b-\x1f\x7f]/g;

/**
 * What a terminal wrote, as a person read it: without colours, marks of the shell integration and what was written over.
 * Pure.
 */
export function terminalText(raw: string): string {
  const lines = stripVTControlCharacters(raw.replace(marks, ''))
    .replaceAll('\r\n', '\n')
    .split('\n')
    // A carriage return begins the line anew.
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .map((line) => withoutBackspaces(line).trimEnd());
  const text = lines.join('\n').trim();
  if (text.length <= longest) return text;
  return `(cut: the end of the output)\n${text.slice(text.indexOf('\n', text.length - longest) + 1)}`;
}

function withoutBackspaces(line: string): string {
  let out = line;
  while (/[^\b][\b]/.test(out)) out = out.replace(/[^\b][\b]/g, '');
  return out.replace(controls, '');
}
