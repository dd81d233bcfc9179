import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expected, served } from './served.ts';

/** What the server has generated since it started: tokens by its own count, else processor seconds of its processes. */
export async function generatedSoFar(): Promise<number> {
  if (expected.generated === 'cpu') return processorSeconds(served.pid);
  const headers = served.key ? { authorization: `Bearer ${served.key}` } : {};
  const text = await (await fetch(`${served.url}/metrics`, { headers })).text();
  const counts = text.split('\n').filter((line) => line.startsWith(expected.generated));
  if (counts.length === 0) {
    // Some show a counter only once it has counted.
    if (text.includes('# ')) return 0;
    throw new Error(`/metrics of ${served.kind} has no counters`);
  }
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Processor time of a process and of all below it (s). */
function processorSeconds(root: number): number {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,time='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const below = new Set([root]);
  for (let grown = true; grown; ) {
    const more = rows.filter(([pid, parent]) => below.has(Number(parent)) && !below.has(Number(pid)));
    for (const [pid] of more) below.add(Number(pid));
    grown = more.length > 0;
  }
  const seconds = rows.filter(([pid]) => below.has(Number(pid))).map(([pid, , time]) => secondsOf(pid, time));
  return seconds.reduce((sum, value) => sum + value, 0);
}

function secondsOf(pid = '', time = ''): number {
  // Linux's ps says whole seconds; proc_pid_stat(5) has ticks of 10 ms in fields 14 and 15.
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return 0;
    }
  }
  return time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
}
