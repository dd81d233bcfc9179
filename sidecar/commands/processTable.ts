import { readdirSync, readFileSync } from 'node:fs';
import { processes } from 'systeminformation';
import { markName } from './environment.ts';

export interface ProcessEntry {
  pid: number;
  parent: number;
  /** Process group; 0 where the system does not say. */
  group: number;
  /** Ended, but not yet taken note of by its parent. */
  zombie: boolean;
  /** Time on a processor so far, in the system's ticks. */
  ticks: number;
}

/** A started command: `pid` leads its process group, `mark` is in the environment of all that descends from it. */
export interface Tree {
  pid: number;
  mark: string;
}

/** All processes of this machine. */
export async function processTable(): Promise<ProcessEntry[]> {
  if (process.platform === 'linux') return linuxTable();
  const { list } = await processes();
  return list.map(({ pid, parentPid, state }) => ({
    pid,
    parent: parentPid,
    group: 0,
    zombie: state === 'zombie',
    ticks: 0,
  }));
}

/** The same at once; Linux only, elsewhere empty. */
export function linuxTable(): ProcessEntry[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = readOrNull(`/proc/${name}/stat`);
    if (stat === null) return [];
    // proc(5): the name in parentheses may hold anything, so fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (at: number) => Number(fields[at - 3]);
    return [
      { pid: Number(name), parent: field(4), group: field(5), zombie: fields[0] === 'Z', ticks: field(14) + field(15) },
    ];
  });
}

/** Who of a table belongs to the tree and lives: the group, all descendants, and on Linux who carries the mark. */
export function membersOf(tree: Tree, table: readonly ProcessEntry[]): ProcessEntry[] {
  const found = new Set(table.filter(({ pid, group }) => pid === tree.pid || group === tree.pid));
  for (const entry of table) if (!found.has(entry) && hasMark(entry.pid, tree.mark)) found.add(entry);
  for (const member of found) for (const entry of table) if (entry.parent === member.pid) found.add(entry);
  return [...found].filter(({ zombie, pid }) => !zombie && pid !== process.pid);
}

function hasMark(pid: number, mark: string): boolean {
  if (process.platform !== 'linux') return false;
  return readOrNull(`/proc/${pid}/environ`)?.includes(`${markName}=${mark}`) ?? false;
}

/** The command line of a process, or null; Linux only. */
export const commandLineOf = (pid: number): string | null =>
  readOrNull(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || null;

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // It ended, or is somebody else's.
  }
}
