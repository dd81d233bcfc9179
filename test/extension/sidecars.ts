import { execFileSync } from 'node:child_process';

/** Process ids of the sidecars that belong to this extension host. */
export function sidecars(): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, parent, state = 'Z'] = row.trim().split(/\s+/);
    return row.includes('sidecar.mjs') && Number(parent) === process.pid && !state.startsWith('Z') ? [Number(pid)] : [];
  });
}

/** Ends the sidecars of this extension host at once, as a crash does. */
export function killSidecars(): void {
  for (const pid of sidecars()) process.kill(pid, 'SIGKILL');
}
