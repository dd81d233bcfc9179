import type { Part } from './commandPart.ts';
import type { CommandRating } from './commandRating.ts';
import { reasons } from './commandRow.ts';
import { sensitiveVariables, wrappers } from './shellTable.ts';
import type { Word } from './shellWord.ts';

/** What a wrapper runs: the words after its options; null if an option is not understood. */
export function wrapped(wrapper: (typeof wrappers)[string], args: Word[]): Word[] | null {
  const takes = wrapper.takes?.split(' ') ?? [];
  let at = 0;
  for (; at < args.length; at++) {
    const text = args[at]?.text;
    if (text == null) break;
    if (text === '--') {
      at++;
      break;
    }
    if (takes.includes(text)) at++;
    else if (text.startsWith('-') && !wrapper.flags.test(text)) return null;
    else if (!text.startsWith('-')) break;
  }
  const positional = wrapper.positional ?? 0;
  if (args.slice(at, at + positional).some(({ text }) => text === null || text.startsWith('-'))) return null;
  return args.slice(at + positional);
}

/** `env`: variables, then a program; alone it shows the environment. */
export function envCommand(rating: CommandRating, part: Part, args: Word[]): void {
  const rest = wrappers.env && wrapped(wrappers.env, args);
  if (!rest) {
    part.add('high', reasons.otherProgram);
    return;
  }
  const at = rest.findIndex(({ raw, text }) => !/^\w+=/.test(text ?? raw));
  if (at < 0) {
    part.add('high', reasons.environment);
    return;
  }
  for (const { raw, text } of rest.slice(0, at)) {
    if (sensitiveVariables.test((text ?? raw).replace(/=[\s\S]*/, ''))) part.add('high', reasons.environment);
  }
  rating.inner(rest.slice(at));
}

/** Programs whose output names files of the folder that they look at. */
function names(words: Word[] | undefined): boolean {
  const [name, ...args] = (words ?? []).map(({ text }) => text ?? '');
  if (name === 'git') return args[0] === 'ls-files' || args.includes('--name-only');
  if (name === 'rg' || name === 'grep') return args.some((arg) => /^-[a-zA-Z]*l[a-zA-Z]*$|^--files/.test(arg));
  return name === 'find' || name === 'fd' || name === 'ls';
}

/** A file whose name only the run knows, though not where it is: below the folder that was searched. */
const someFile: Word = { raw: '{}', text: '.', pattern: '.' };

/** Whether a word stands for the name of such a file: as a script it would be whatever somebody named a file. */
export const isSomeFile = (word: Word | undefined): boolean => word === someFile;

/** `xargs`: its program gets names from the pipe. */
export function xargsCommand(
  rating: CommandRating,
  part: Part,
  { args, rest, from }: { args: Word[]; rest: Word[]; from?: Word[] | undefined },
): void {
  if (rest.length === 0) return;
  const known = names(from);
  part.add(known ? 'medium' : 'high', reasons.dynamic);
  const given: Word = known ? someFile : { raw: '{}', text: null };
  const place = args
    .map(({ text }) => text ?? '')
    .join(' ')
    .match(/(?:^| )-I ?(\S+)/)?.[1];
  rating.inner(place === undefined ? [...rest, given] : withFile(rest, place, given));
}

/** Words with the file in its place; where it is only part of a word, that word is not known. */
export function withFile(words: Word[], place: string, file: Word = someFile): Word[] {
  return words.map((word) => {
    if (!word.text?.includes(place)) return word;
    return word.text === place ? file : { raw: word.raw, text: null };
  });
}
