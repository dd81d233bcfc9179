import { t } from '../protocol/translate.ts';
import type { Risk } from '../tools/tool.ts';

/** For people, a few words each. */
export const reasons = {
  network: t('Opens the network'),
  installs: t('Installs packages'),
  installsHere: t('Runs install scripts and opens the network'),
  deletes: t('Deletes files'),
  deletesFolders: t('Deletes folders'),
  discards: t('Discards changes'),
  history: t('Rewrites history'),
  publishes: t('Sends work to a server'),
  otherUser: t('Runs as another user'),
  permissions: t('Changes permissions'),
  kills: t('Ends other processes'),
  background: t('Keeps running in the background'),
  system: t('Changes the system'),
  containers: t('Controls containers or machines'),
  remote: t('Works on another machine'),
  inline: t('Runs code written in the command'),
  given: t('Runs code that it is given'),
  otherProgram: t('Lets a program run others'),
  settings: t("Changes a program's settings"),
  environment: t('Shows or sets the environment'),
  disk: t('Writes to disks or devices'),
  unpacks: t('Unpacks files wherever they say'),
  secrets: t('Shows secrets'),
  project: t('Runs code of the project'),
  files: t('Changes files of the project'),
  repository: t('Changes the repository'),
  unknown: t('Not a known command'),
  unknownPart: t('Not a known subcommand'),
  dynamic: t('Part of it is known only when it runs'),
  unreadable: t('Cannot be read beforehand'),
  address: t('Names an address'),
  links: t('Follows links out of folders'),
  elsewhere: t('Runs a program outside the workspace'),
  name: t('Hides what it runs'),
  shell: t('Changes how the shell works'),
  ask: t('Waits for input'),
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
