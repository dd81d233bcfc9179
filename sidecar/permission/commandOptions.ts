import type { CommandRow } from './commandRow.ts';
import type { Word } from './shellWord.ts';

/** Whether a word is the option, also shortened (`--har`), in a cluster (`-xr`) or with its value. */
export function hasOption({ text }: Word, option: string): boolean {
  if (text === null) return false;
  const [name = ''] = text.split('=');
  if (option.startsWith('--')) return name.length > 2 && name.startsWith('--') && option.startsWith(name);
  if (option.length > 2) return name === option || name === `-${option}`;
  return /^-[^-]/.test(text) && text.includes(option.slice(1));
}

export function isOption({ text }: Word): boolean {
  return text?.startsWith('-') === true && text !== '-';
}

/** Whether the word before is an option of the row that takes this one as its value. */
export function takesValue(row: CommandRow, before: Word | undefined): boolean {
  return before?.text != null && (row.takes?.split(' ').includes(before.text) ?? false);
}

/** Without the pattern, unless it is given by an option: then all that is no option is a path. */
export function withoutPattern(row: CommandRow, args: Word[]): Word[] {
  const given = [
    '-e',
    '-f',
    '--regexp',
    '--file',
    '--files',
    '--from-file',
    '--search-path',
    '--base-directory',
    '--type-list',
  ];
  if (args.some((word) => given.some((option) => hasOption(word, option)))) return args;
  const at = args.findIndex((word, index) => !isOption(word) && !takesValue(row, args[index - 1]));
  const pattern = args[at];
  if (at < 0 || pattern?.text === null) return args;
  return args.toSpliced(at, 1);
}

/** A word as it is and what stands in it after `=`, `:`, `@` or an option's letter: any of them may be a path. */
export function pathsIn(text: string): string[] {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return [text];
  const found = text.startsWith('-') ? [] : [text];
  for (const [match] of text.matchAll(/[=:@,][^=:@,]+/g)) found.push(match.slice(1));
  const attached = /^-[A-Za-z](.+)$/.exec(text)?.[1];
  if (attached !== undefined && /[/~.]/.test(attached)) found.push(attached);
  // Some programs expand it themselves.
  return found.map((each) => (/^~(?:\/|$)/.test(each) && each !== text ? `/${each}` : each));
}
