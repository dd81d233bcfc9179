import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { withoutOurs } from '../commands/environment.ts';
import { topOfRules } from './search/ignoreRules.ts';

export type GitRun =
  /** `cut`: there was more output than is kept. */
  { kind: 'ran'; code: number; out: string; said: string; cut: boolean } | { kind: 'broke'; reason: string };

/** Characters. */
const mostOutput = 2_000_000;
const longestMs = 60_000;

/**
 * What keeps a repository's own settings from running programs when it is only looked at. Filters of attributes cannot be
 * turned off as a whole: they run when a file's content is compared.
 */
const lookOnly = [
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'log.showSignature=false'],
];

interface Options {
  cwd: string;
  /** A read takes no locks and runs no hooks. */
  writes: boolean;
  signal: AbortSignal;
}

/** Runs git without pager, editor, questions or the variables of a git that may be around us. */
export async function runGit(args: readonly string[], { cwd, writes, signal }: Options): Promise<GitRun> {
  const common = ['--no-pager', '-c', 'core.quotePath=false', '-c', 'color.ui=false'];
  const limit = AbortSignal.timeout(longestMs);
  const child = spawn('git', [...common, ...(writes ? [] : lookOnly), ...args], {
    cwd,
    env: environment(writes),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    signal: AbortSignal.any([signal, limit]),
  });
  let [out, said, cut] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (out.length <= mostOutput) return;
    cut = true;
    out = out.slice(0, mostOutput);
    child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 10_000);
  });
  const ended = await new Promise<number | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code) => resolve(code ?? -1));
  });
  signal.throwIfAborted();
  if (limit.aborted) return { kind: 'broke', reason: 'git took longer than a minute and was stopped.' };
  if (ended instanceof Error) return { kind: 'broke', reason: 'git cannot be run here: is it installed?' };
  return { kind: 'ran', code: cut ? 0 : ended, out, said: said.trim(), cut };
}

/** Whether a folder is part of a repository. */
export const isInRepository = (folder: string): boolean => existsSync(folder) && topOfRules(folder).isRepository;

function environment(writes: boolean): NodeJS.ProcessEnv {
  // Hooks and filters are programs of the repository.
  const own = Object.entries(withoutOurs(process.env)).filter(([name]) => !/^(?:GIT_|PAGER$|LC_|LANG)/i.test(name));
  return {
    ...Object.fromEntries(own),
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    ...(writes ? {} : { GIT_OPTIONAL_LOCKS: '0' }),
  };
}
