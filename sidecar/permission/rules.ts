import type { CommandPart } from './commandPart.ts';
import type { CommandRisk } from './commandRisk.ts';
import { commands } from './commandTable.ts';
import { hasHiddenCharacters } from './shellScript.ts';

/**
 * Allow rules: a program and its arguments as a person would type them, with `*` as the last word for any further
 * arguments ("npm test", "npm run *"). They are compared with the words that the shell would hand over, never with text.
 */
export interface Rule {
  words: string[];
  /** Any further arguments may follow. */
  open: boolean;
}

/** Stored rules by workspace, as the setting keeps them. */
export type StoredRules = Readonly<Record<string, readonly string[]>>;

/** Reads a rule; null for a text that is none: without a program, with anything that a shell would act on. */
export function parseRule(text: string): Rule | null {
  if (hasHiddenCharacters(text) || text.includes('\n')) return null;
  const words: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const found = /^(?:'([^']*)'|([^\s'"`$;|&<>()\\{}~?[\]*]+)|(\*)$)(?=\s|$)/.exec(rest);
    if (found === null) return null;
    if (found[3] !== undefined) return words.length > 0 ? { words, open: true } : null;
    words.push(found[1] ?? found[2] ?? '');
    rest = rest.slice(found[0].length).trimStart();
  }
  return words.length > 0 && words[0] !== '' ? { words, open: false } : null;
}

/** The rule as it is stored and shown. Null if it cannot be written as one (a quote in a word). */
export function printRule({ words, open }: Rule): string | null {
  if (words.some((word) => /['\n]/.test(word) || hasHiddenCharacters(word))) return null;
  const plain = /^[^\s'"`$;|&<>()\\{}~?[\]*]+$/;
  return [...words.map((word) => (plain.test(word) ? word : `'${word}'`)), ...(open ? ['*'] : [])].join(' ');
}

/**
 * Whether rules allow all of a command: one of its programs has a rule, and each other has one or only reads. What a shell
 * or a wrapper runs is a program of its own and needs its own rule.
 */
export function rulesAllow(stored: readonly string[], command: CommandRisk): boolean {
  const rules = stored.flatMap((text) => parseRule(text) ?? []);
  const ruled = command.parts.filter((part) => rules.some((rule) => allows(rule, part)));
  return (
    command.readable && ruled.length > 0 && command.parts.every((part) => part.risk === 'low' || ruled.includes(part))
  );
}

function allows({ words, open }: Rule, part: CommandPart): boolean {
  if (!part.plain || part.words === null) return false;
  if (open ? part.words.length < words.length : part.words.length !== words.length) return false;
  if (words.some((word, index) => word !== part.words?.[index])) return false;
  // Word for word it is what the person meant. Any other arguments may not bring in what the rule did not name.
  return !open || part.addedRisk !== 'high';
}

/** What "Always" would store: never for what is high, nor where one rule would not be enough. */
export function suggestRule(command: CommandRisk): string | undefined {
  if (command.risk === 'high' || !command.readable) return undefined;
  const changing = command.parts.filter(({ risk }) => risk !== 'low');
  const needed = changing.length > 0 ? changing : command.parts.slice(-1);
  const rules = new Set(needed.map((part) => ruleFor(part)));
  const [rule] = rules;
  return rules.size === 1 && rule != null && rulesAllow([rule], command) ? rule : undefined;
}

function ruleFor({ words, plain }: CommandPart): string | null {
  if (!plain || words === null) return null;
  const fixed = fixedWords(words);
  return printRule(
    fixed < words.length ? { words: words.slice(0, fixed), open: true } : { words: [...words], open: false },
  );
}

/** How many words say what runs; the others only on what. All of them where the files are what matters. */
function fixedWords(words: readonly string[]): number {
  const [program = '', first = ''] = words;
  const row = Object.hasOwn(commands, program) ? commands[program] : undefined;
  if (program.includes('/')) return 1;
  if (row === undefined || row.writes) return words.length;
  // The first argument says what runs: a subcommand, a script, a target.
  if (!row.sub && !row.special && !row.deny) return 1;
  if (first.startsWith('-') || row.sub?.[first]?.writes) return words.length;
  return /^run(?:-script)?$/.test(first) ? 3 : 2;
}

/** With one rule more; the same object if it is there already or is no rule. */
export function addRule(stored: StoredRules, workspace: string, text: string): StoredRules {
  const rule = parseRule(text);
  const printed = rule && printRule(rule);
  const before = stored[workspace] ?? [];
  if (printed == null || before.includes(printed)) return stored;
  return { ...stored, [workspace]: [...before, printed] };
}

/** Without a rule, and without the workspace when it was the last. */
export function removeRule(stored: StoredRules, workspace: string, text: string): StoredRules {
  const left = (stored[workspace] ?? []).filter((each) => each !== text);
  const { [workspace]: _, ...others } = stored;
  return left.length === 0 ? others : { ...others, [workspace]: left };
}
