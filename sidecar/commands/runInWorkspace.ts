import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { duration } from '../protocol/numbers.ts';
import { displayLanguage, t } from '../protocol/translate.ts';
import type { ToolContext } from '../tools/tool.ts';
import type { CommandRun, WaitReason } from './commandRun.ts';
import { commandEnvironment, containerEnvironment } from './environment.ts';
import { keepLargeLaterRuns, noCopies } from './largeLaterRuns.ts';
import { lookAtLaterRuns } from './laterRuns.ts';
import { guardLaterRuns } from './laterRunsGuard.ts';
import { runCommand } from './runCommand.ts';
import { killContainerArgv } from './sandbox/container.ts';
import { gradleHome } from './sandbox/gradleHome.ts';
import { gitFiles, holdPlaces } from './sandbox/heldPlaces.ts';
import { programFolders, runsLater } from './sandbox/home.ts';
import { linkedEnvironments } from './sandbox/linkedEnvironments.ts';
import { type Sandbox, sandboxedArgv } from './sandbox/sandbox.ts';
import { sandboxNote } from './sandbox/sandboxNote.ts';
import { merged, type Shell, shellArgv } from './shell.ts';

/** What running commands needs of this machine; made once. */
export interface CommandDeps {
  shell: Shell;
  sandbox: Sandbox;
  /** Whether a command in the sandbox has the network. */
  network(): boolean;
  /** Folder for whole outputs, readable inside of the sandbox. */
  outputFolder: string;
  /** Where files are kept that a command wrote and the person did not want to run later. */
  removedFolder: string;
  /** Where it is written down what holds places while commands run. */
  heldFolder: string;
  /** Becomes ~/.cache inside of the sandbox; null: nothing is kept. */
  cacheFolder: string | null;
  home: string;
  /** Our own data, hidden inside of the sandbox. */
  hidden: readonly string[];
  /** Milliseconds of silence before it is looked whether a command waits for input. */
  quietMs?: number;
}

export interface WorkspaceCommand {
  command: string;
  limitSeconds: number;
  /** Asked for by the model and allowed by the gate. */
  outsideSandbox: boolean;
  /** It has the network in the sandbox whatever the setting: the person was told so when they allowed it. */
  network?: boolean;
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
}

type Asker = Pick<ToolContext, 'roots' | 'signal' | 'askPerson' | 'say'>;

/** Runs a command line in the first folder of the workspace, in the sandbox unless it may leave it. `note` is for the model. */
export async function runInWorkspace(
  deps: CommandDeps,
  { command, limitSeconds, outsideSandbox, network: allowed = false, env = {} }: WorkspaceCommand,
  { roots, signal, askPerson, say }: Asker,
): Promise<{ run: CommandRun; note: string | null }> {
  const { home, hidden, outputFolder, cacheFolder: cache } = deps;
  const sandbox: Sandbox = outsideSandbox ? { kind: 'none', reason: 'allowed to leave it' } : deps.sandbox;
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const name = `devstral-${mark}`;
  const network = allowed || deps.network();
  const cwd = roots[0] ?? home;
  for (const folder of [outputFolder, cache]) if (folder) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const gradle = gradleHome(sandbox, { roots, home, cache, cwd }, process.env);
  const programs = [...programFolders(process.env.PATH ?? '', home, roots), ...linkedEnvironments(roots, home)];
  const shown = [...programs, outputFolder, ...gradle.shown];
  const before = sandbox.kind === 'none' ? null : await lookAtLaterRuns(roots, new Set(), signal);
  const copiesFolder = join(deps.removedFolder, `${mark}-before`);
  const copies = before ? await keepLargeLaterRuns(before, laterPlaces(roots), copiesFolder) : noCopies;
  const { sealed, release } = sandbox.kind === 'bubblewrap' ? holdPlaces(roots, deps.heldFolder) : nothingHeld;
  const scope = {
    roots,
    cwd,
    network,
    home,
    hidden: [...hidden, ...gradle.hidden],
    shown,
    cache,
    sealed: [...sealed, ...gitFiles(roots)],
    exists: existsSync,
  };
  const readOnly = readOnlyPlaces(roots, scope.sealed);
  const inside = sandboxedArgv(sandbox, shellArgv(deps.shell, command), scope, {
    name,
    env: { ...containerEnvironment(mark), ...env },
  });
  const run = await runCommand({
    argv: merged(inside),
    command,
    cwd,
    env: { ...commandEnvironment(process.env, mark), ...gradle.env, ...env },
    mark,
    outputFolder,
    limitMs: limitSeconds * 1000,
    signal,
    onOutput: say,
    onWait: (reason, settled) => askWhetherToWait(command, reason, askPerson, settled),
    ...(sandbox.kind === 'container' && { afterStop: () => runQuietly(killContainerArgv(sandbox.program, name)) }),
    ...(deps.quietMs !== undefined && { quietMs: deps.quietMs }),
  }).finally(release);
  const wrote =
    before && run.end.kind !== 'notStarted'
      ? await guardLaterRuns(
          {
            ...{ before, copies },
            protectedPaths: new Set(readOnly.flatMap(([path, was]) => (identityOf(path) === was ? [path] : []))),
            ...{ roots, askPerson, removedFolder: join(deps.removedFolder, mark) },
          },
          signal,
        )
      : null;
  if (copies.size > 0) await rm(copiesFolder, { recursive: true, force: true });
  const code = run.end.kind === 'exited' ? run.end.code : 0;
  const notes = [sandboxNote(sandbox, { output: run.output, code, network }), wrote].filter((note) => note !== null);
  return { run, note: notes.join('\n') || null };
}

const nothingHeld = { sealed: [], release: () => undefined };

const laterPlaces = (roots: readonly string[]): string[] =>
  roots.flatMap((root) => runsLater.map((name) => join(root, name)));

/** Places that the command cannot write, with what they are: another process may put something else there, and unmount them. */
function readOnlyPlaces(roots: readonly string[], sealed: readonly string[]): [path: string, identity: string][] {
  return [...laterPlaces(roots), ...sealed].flatMap((path) => {
    const identity = identityOf(path);
    return identity === null ? [] : [[path, identity]];
  });
}

/** Null: nothing is there. A number alone is soon given to another file. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return null;
  }
}

const goOn = t('Keep Running');
const stop = t('Stop');

/** Nobody there is a stop: a turn must not hang for ever. */
async function askWhetherToWait(
  command: string,
  reason: WaitReason,
  askPerson: ToolContext['askPerson'],
  signal: AbortSignal,
): Promise<'wait' | 'stop'> {
  const what = command.length > 200 ? `${command.slice(0, 200)}...` : command;
  const question =
    reason.kind === 'limit'
      ? t('Still running after {time}: {command}', { time: duration(reason.ms, displayLanguage()), command: what })
      : t('It seems to wait for input ("{line}"): {command}', { line: reason.line.trim().slice(-80), command: what });
  return (await askPerson(question, [goOn, stop], signal)) === goOn ? 'wait' : 'stop';
}

/** "0.4 s", "95 s", "10 minutes". */
export function durationText(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} minutes`;
}

const runQuietly = ([program = '', ...args]: readonly string[]) =>
  new Promise<void>((done) => {
    execFile(program, args, { timeout: 15_000, windowsHide: true }, () => done());
  });
