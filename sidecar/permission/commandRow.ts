import type { Risk } from '../tools/tool.ts';

/** For people, a few words each. */
export const reasons = {
  network: 'Opens the network',
  installs: 'Installs packages',
  installsHere: 'Runs install scripts and opens the network',
  deletes: 'Deletes files',
  deletesFolders: 'Deletes folders',
  discards: 'Discards changes',
  history: 'Rewrites history',
  publishes: 'Sends work to a server',
  otherUser: 'Runs as another user',
  permissions: 'Changes permissions',
  kills: 'Ends other processes',
  background: 'Keeps running in the background',
  system: 'Changes the system',
  containers: 'Controls containers or machines',
  remote: 'Works on another machine',
  inline: 'Runs code written in the command',
  given: 'Runs code that it is given',
  otherProgram: 'Lets a program run others',
  settings: "Changes a program's settings",
  environment: 'Shows or sets the environment',
  disk: 'Writes to disks or devices',
  unpacks: 'Unpacks files wherever they say',
  secrets: 'Shows secrets',
  project: 'Runs code of the project',
  files: 'Changes files of the project',
  repository: 'Changes the repository',
  unknown: 'Not a known command',
  unknownPart: 'Not a known subcommand',
  dynamic: 'Part of it is known only when it runs',
  unreadable: 'Cannot be read beforehand',
  address: 'Names an address',
  links: 'Follows links out of folders',
  elsewhere: 'Runs a program outside the workspace',
  name: 'Hides what it runs',
  shell: 'Changes how the shell works',
  ask: 'Waits for input',
} as const;
export type Reason = (typeof reasons)[keyof typeof reasons];

export type Special =
  | 'awk'
  | 'cd'
  | 'checkout'
  | 'declare'
  | 'eval'
  | 'find'
  | 'git'
  | 'interpreter'
  | 'npx'
  | 'read'
  | 'rm'
  | 'sed'
  | 'set'
  | 'shell'
  | 'tar'
  | 'trap'
  | 'uniq';

/** What a program or a subcommand does: the risk of the plain call, which arguments can only raise. */
export interface CommandRow {
  risk: Risk;
  why?: Reason;
  /** What arguments are: paths to look at, one pattern and then paths, or mere text. Paths where nothing is said. */
  args?: 'pattern' | 'text';
  /** It writes what it is given, instead of reading it. */
  writes?: true;
  /** Options with a value of their own that is no path. */
  takes?: string;
  /** Options that make it high, with the reason. */
  raise?: [options: string, why: Reason][];
  /** By the first word that is no option. What is not in it is high. */
  sub?: Record<string, CommandRow>;
  /** Without a subcommand. Absent: high. */
  bare?: Risk;
  /** It fetches packages for the project and runs their scripts: asked about also where its risk would let it run. */
  network?: true;
  /** It only looks, so it is low, if its arguments, joined by blanks, are like this. */
  looks?: RegExp;
  /** Arguments that make it high, with the reason. */
  deny?: [argument: RegExp, why: Reason];
  /** Looked at by a function of its own: commandSpecials.ts. */
  special?: Special;
}

export const low = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({ risk: 'low', ...extra });
export const project = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({
  risk: 'medium',
  why: reasons.project,
  ...extra,
});
export const files = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({
  risk: 'medium',
  why: reasons.files,
  writes: true,
  ...extra,
});
export const high = (why: Reason, extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({
  risk: 'high',
  why,
  ...extra,
});

/** The same row for several names. */
export function rows(names: string, row: CommandRow): Record<string, CommandRow> {
  return Object.fromEntries(names.split(' ').map((name) => [name, row]));
}
