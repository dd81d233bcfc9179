import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandEnd, CommandRequest, CommandRun } from './commandRun.ts';
import { refusedInput } from './interactive.ts';
import { commandEnded, commandStarted, forgetWhenGone, killTree } from './killTree.ts';
import { createOutputFile, type OutputFile } from './outputFile.ts';
import { createOutputText, defaultRoom, type OutputText } from './outputText.ts';
import { commandLineOf, membersOf, processTable, type Tree } from './processTable.ts';
import { watchCommand } from './watchCommand.ts';

const streamMs = 100;
/** How long output is waited for when the command has ended: what it left in the background may hold the pipe for ever. */
const drainMs = 300;

/** Runs one command to its end. Never throws for what a program can do; the signal kills its tree and what came is answered. */
export async function runCommand(request: CommandRequest): Promise<CommandRun> {
  const startedAt = performance.now();
  const refused = (reason: string): CommandRun => ({
    end: { kind: 'notStarted', reason },
    ms: 0,
    output: '',
    file: null,
    bytes: 0,
    wanted: null,
    background: [],
  });
  if (request.signal.aborted) return { ...refused(''), end: { kind: 'stopped', by: 'person' } };
  if (!isFolder(request.cwd)) return refused(`The folder ${request.cwd} is not there.`);
  let file: OutputFile;
  try {
    file = createOutputFile(request.outputFolder, new Date());
  } catch (error) {
    return refused(`The output cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
  }
  const stream = batched(request.onOutput);
  const text = createOutputText(request.room ?? defaultRoom, stream.line);
  const started = await start(request, file, text);
  if (typeof started === 'string') {
    file.close();
    rmSync(file.path, { force: true });
    return refused(started);
  }
  const { child, exit } = started;
  const tree: Tree = { pid: child.pid ?? 0, mark: request.mark };
  commandStarted(tree);
  const end = await untilEnd(request, tree, exit, started.lastOutput, text);
  if (end.kind === 'stopped') {
    await killTree(tree);
    await request.afterStop?.();
  }
  await drained(child, started.lastOutput);
  const openLine = text.openLine();
  text.end();
  stream.flush();
  const left = end.kind === 'stopped' ? [] : await leftInBackground(tree);
  if (left.length === 0) {
    commandEnded(tree);
    file.close();
  } else {
    // What stays may still write; the whole of it goes to the file, and this process may end all the same.
    child.stdout?.once('close', file.close);
    for (const pipe of [child.stdout, child.stderr]) (pipe as { unref?: () => void } | null)?.unref?.();
    child.unref();
    forgetWhenGone(tree);
  }
  const empty = file.bytes === 0 && left.length === 0;
  if (empty) rmSync(file.path, { force: true });
  const output = text.read(`${file.gap ? `${file.gap}: ` : 'the whole output is in '}${file.path}`);
  return {
    end,
    ms: Math.round(performance.now() - startedAt),
    output,
    file: empty ? null : file.path,
    bytes: file.bytes,
    wanted: end.kind === 'exited' ? refusedInput(output, openLine, request.command) : null,
    background: left,
  };
}

interface Started {
  child: ChildProcess;
  exit: Promise<CommandEnd>;
  lastOutput: { at: number };
}

/** Starts it in a process group and session of its own, without a terminal and with an empty input; a line if it does not start. */
async function start(request: CommandRequest, file: OutputFile, text: OutputText): Promise<Started | string> {
  const [program = '', ...args] = request.argv;
  const lastOutput = { at: performance.now() };
  try {
    const child = spawn(program, args, {
      cwd: request.cwd,
      env: request.env,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    for (const pipe of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder('utf8');
      pipe?.on('data', (chunk: Buffer) => {
        lastOutput.at = performance.now();
        file.write(chunk);
        if (!text.ended) text.push(decoder.write(chunk));
      });
      pipe?.on('error', () => undefined);
    }
    const exit = new Promise<CommandEnd>((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(code === null ? { kind: 'signalled', signal: signal ?? 'unknown' } : { kind: 'exited', code }),
      );
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.on('error', () => undefined); // A signal that did not arrive.
    return { child, exit, lastOutput };
  } catch (error) {
    return `${program} does not start: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Waits for the exit, the person's stop, or an answer that ends the waiting. */
async function untilEnd(
  request: CommandRequest,
  tree: Tree,
  exit: Promise<CommandEnd>,
  lastOutput: { at: number },
  text: OutputText,
): Promise<CommandEnd> {
  const over = new AbortController();
  const settled = AbortSignal.any([request.signal, over.signal]);
  const stopped = new Promise<CommandEnd>((resolve) => {
    const stop = () => resolve({ kind: 'stopped', by: 'person' });
    if (request.signal.aborted) stop();
    else settled.addEventListener('abort', stop, { once: true });
  });
  const watched = watchCommand(request, tree, lastOutput, text, settled);
  const end = await Promise.race([exit, stopped, watched]);
  over.abort();
  return end;
}

/** Waits for the ends of the pipes, or until nothing has come for a while. */
async function drained(child: ChildProcess, lastOutput: { at: number }): Promise<void> {
  const pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null);
  const from = performance.now();
  while (pipes.some((pipe) => !pipe.closed)) {
    const now = performance.now();
    if (now - Math.max(from, lastOutput.at) > drainMs || now - from > 10 * drainMs) return;
    await delay(5);
  }
}

async function leftInBackground(tree: Tree): Promise<CommandRun['background']> {
  let members = membersOf(tree, await processTable());
  // The last of a pipeline may be about to end.
  if (members.length > 0) await delay(100);
  if (members.length > 0) members = membersOf(tree, await processTable());
  return members.map(({ pid }) => ({ pid, commandLine: (commandLineOf(pid) ?? 'a process').slice(0, 120) }));
}

function batched(onOutput: (text: string) => void) {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting !== '') onOutput(waiting);
    waiting = '';
  };
  const line = (text: string) => {
    waiting += `${text}\n`;
    // What nobody can read is not sent: a card shows the end.
    if (waiting.length > 200_000) waiting = waiting.slice(-100_000);
    timer ??= setTimeout(flush, streamMs);
  };
  return { line, flush };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
