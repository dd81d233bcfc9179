import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** One running process, as /proc shows it (Linux). */
export interface RunningProcess {
  pid: number;
  parent: number;
  commandLine: string;
}

/** All processes that descend from `root`, without it. Linux only: elsewhere the answer is empty. */
export function descendants(root: number): RunningProcess[] {
  const all = runningProcesses();
  const found: RunningProcess[] = [];
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const child of all.filter((entry) => entry.parent === parent)) {
      found.push(child);
      parents.push(child.pid);
    }
  }
  return found;
}

function runningProcesses(): RunningProcess[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in parentheses may hold spaces: the fields after it are counted from the last parenthesis.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(name), parent, commandLine }];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}

/** Ends a process group of our own and all that descends from its leader: asks first, then kills after `graceMs`. */
export async function endTree(leader: number, graceMs = 5000): Promise<void> {
  const pids = [leader, ...descendants(leader).map((child) => child.pid)];
  signalAll(leader, pids, 'SIGTERM');
  const until = Date.now() + graceMs;
  while (Date.now() < until && pids.some(isAlive)) await delay(50);
  signalAll(leader, pids, 'SIGKILL');
}

/** The same at once, for the exit of this process. */
export function killTree(leader: number): void {
  signalAll(leader, [leader, ...descendants(leader).map((child) => child.pid)], 'SIGKILL');
}

function signalAll(group: number, pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of [-group, ...pids]) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
