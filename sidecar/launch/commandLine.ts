/** An option of a command and why it is there. */
export interface Flag {
  flag: string;
  value?: string;
  /** One sentence. */
  reason: string;
}

/** A command as data: what is run, its options, and what comes after them. */
export interface CommandLine {
  program: string[];
  flags: Flag[];
  rest?: CommandLine;
  /** Options inside a script that is one of the values: told with their reasons, written by the script. */
  inner?: Flag[];
}

export const flag = (name: string, value: string | number | null, reason: string): Flag => {
  return { flag: name, ...(value === null ? {} : { value: String(value) }), reason };
};

/** As a program gets it, unquoted. */
export function argvOf({ program, flags, rest }: CommandLine): string[] {
  const options = flags.flatMap(({ flag: name, value }) => (value === undefined ? [name] : [name, value]));
  return [...program, ...options, ...(rest ? argvOf(rest) : [])];
}

export function allFlags({ flags, rest, inner = [] }: CommandLine): Flag[] {
  return [...flags, ...(rest ? allFlags(rest) : []), ...inner];
}

/** One line for a POSIX shell. */
export const oneLine = (command: CommandLine): string => words(command).join(' ');

/** For a POSIX shell, an option a line where one line would be long. */
export function severalLines(command: CommandLine): string {
  const line = oneLine(command);
  return line.length <= 100 ? line : words(command).join(' \\\n  ');
}

/** An option and its value are one word here: they stay on one line. */
function words({ program, flags, rest }: CommandLine): string[] {
  const options = flags.map(({ flag: name, value }) => (value === undefined ? name : `${name} ${shellQuote(value)}`));
  return [program.map(shellQuote).join(' '), ...options, ...(rest ? words(rest) : [])];
}

/**
 * One word for a POSIX shell: bare where every character is harmless, else in single quotes, in which only the single
 * quote itself is special (POSIX, 2.2.2). A path that begins with `$HOME/` keeps that name: the folder is that of the
 * machine on which the command is run.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/^\$HOME\/[\w@%+=:,./-]+$/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
