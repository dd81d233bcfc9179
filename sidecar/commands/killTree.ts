import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { linuxTable, membersOf, processTable, type Tree } from './processTable.ts';
import { releaseAllPlaces } from './sandbox/heldPlaces.ts';

/** Commands that run, with what they left in the background. */
const running = new Set<Tree>();

export const commandStarted = (tree: Tree) => running.add(tree);
export const commandEnded = (tree: Tree) => running.delete(tree);

/** Looks after what a command left in the background: its number may be another program's one day. */
export function forgetWhenGone(tree: Tree, everyMs = 10_000): void {
  const timer = setInterval(async () => {
    if (running.has(tree) && (await livingOf(tree)).length > 0) return;
    running.delete(tree);
    clearInterval(timer);
  }, everyMs);
  timer.unref();
}

/** Ends all that commands started; when a session or the sidecar ends. */
export async function endAllCommands(): Promise<void> {
  await Promise.all([...running].map((tree) => killTree(tree)));
}

/** The same at once and without asking, for the exit of this process. */
export function killAllCommands(): void {
  for (const tree of running) {
    send([-tree.pid, ...membersOf(tree, linuxTable()).map(({ pid }) => pid)], 'SIGKILL');
    if (process.platform === 'win32') void taskkill(tree.pid);
  }
  releaseAllPlaces();
}

/** Asks the whole tree to end and kills after `graceMs` what still lives. Answers when nothing of it is left. */
export async function killTree(tree: Tree, graceMs = 2000): Promise<void> {
  if (process.platform === 'win32') await taskkill(tree.pid);
  else await killUnixTree(tree, graceMs);
  running.delete(tree);
}

async function killUnixTree(tree: Tree, graceMs: number): Promise<void> {
  const asked = await livingOf(tree);
  send([-tree.pid, ...asked], 'SIGTERM');
  const until = Date.now() + graceMs;
  for (let wait = 10; Date.now() < until; wait = Math.min(wait * 2, 200)) {
    await delay(wait);
    if ((await livingOf(tree)).length === 0) return;
  }
  // Each round sees what was started during the one before.
  for (let round = 0; round < 5; round++) {
    const left = await livingOf(tree);
    if (left.length === 0) return;
    send([-tree.pid, ...left], 'SIGKILL');
    await delay(50);
  }
}

async function livingOf(tree: Tree): Promise<number[]> {
  const members = membersOf(tree, await processTable()).map(({ pid }) => pid);
  // Where the table has no groups, the group itself is asked.
  return process.platform !== 'linux' && members.length === 0 && groupLives(tree.pid) ? [tree.pid] : members;
}

function groupLives(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** Windows has no groups: /T takes the descendants, /F because a console program takes no message. */
const taskkill = (pid: number) =>
  new Promise<void>((done) => {
    execFile('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, () => done());
  });
