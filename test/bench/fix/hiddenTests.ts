// Runs the hidden tests of a case on a candidate. A candidate is a program that a model wrote: it gets a fresh folder,
// a short environment (no keys), a time limit and a process group that is killed afterwards.

import { accessSync, constants } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { build, formatMessages } from 'esbuild';
import type { FixCase, FixLanguage } from './corpus.ts';
import { type GroupExit, runGroup } from './processGroup.ts';

export type HiddenTestResult =
  | { kind: 'passed' }
  /** The tests ran and found a fault, or did not come to an end. */
  | { kind: 'failed'; output: string }
  /** The candidate does not parse or build, so no test ran. */
  | { kind: 'broken'; output: string };

const limitMs = 20_000;
const warmUpLimitMs = 180_000;
const goTest = ['test', '-count=1', '-vet=off', '-trimpath', '-ldflags=-s -w'];
const keptOutput = 4_000;
// Printed after the last assertion: a candidate that ends the process early must not pass.
const finished = 'hidden tests finished';
const syntaxErrorExit = 65;

const pythonDriver = `
import runpy, sys
candidate, tests = sys.argv[1:3]
try:
    with open(candidate, encoding="utf-8") as source:
        compile(source.read(), candidate, "exec")
except (SyntaxError, ValueError) as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(${syntaxErrorExit})
runpy.run_path(tests, run_name="__main__")
print("${finished}")
`;

const programs: Record<FixLanguage, string> = { python: 'python3', typescript: 'node', go: 'go' };

/** Whether what runs the tests of a language is on PATH. */
export function canRun(language: FixLanguage): boolean {
  if (language === 'typescript') return true;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, programs[language]), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Run the hidden tests of a case on a candidate for its file, in a fresh temporary folder, for 20 s at most.
 * Rejects with the signal's reason on abort, and with an error if the language's program is not installed.
 */
export async function runHiddenTests(
  fixCase: FixCase,
  candidateText: string,
  signal: AbortSignal,
): Promise<HiddenTestResult> {
  const folder = await mkdtemp(join(tmpdir(), 'devstral-fix-'));
  try {
    await cp(join(fixCase.folder, 'tests'), folder, { recursive: true });
    const [tests] = await readdir(folder);
    if (tests === undefined) throw new Error(`${fixCase.id} has no tests`);
    await mkdir(join(folder, 'tmp'));
    await writeFile(join(folder, fixCase.file), candidateText);
    switch (fixCase.language) {
      case 'python':
        return await runPython(folder, fixCase.file, tests, signal);
      case 'typescript':
        return await runTypeScript(folder, tests, signal);
      case 'go':
        return await runGo(folder, signal);
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runPython(folder: string, file: string, tests: string, signal: AbortSignal): Promise<HiddenTestResult> {
  const exit = await run('python', ['-c', pythonDriver, file, tests], folder, signal);
  if (exit.kind === 'exited' && exit.code === syntaxErrorExit) return { kind: 'broken', output: tail(exit.output) };
  return judge(exit, finished);
}

async function runTypeScript(folder: string, tests: string, signal: AbortSignal): Promise<HiddenTestResult> {
  const bundle = join(folder, 'bundle.mjs');
  try {
    await build({
      absWorkingDir: folder,
      entryPoints: [join(folder, tests)],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      tsconfigRaw: '{}',
      logLevel: 'silent',
      footer: { js: `console.log(${JSON.stringify(finished)});` },
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await formatMessages(error.errors, { kind: 'error' });
    return { kind: 'broken', output: tail(messages.join('')) };
  }
  return judge(await run('typescript', [bundle], folder, signal), finished);
}

function isBuildFailure(error: unknown): error is { errors: Parameters<typeof formatMessages>[0] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

const goModule = 'module fixcase\n\ngo 1.21\n';
// What the cases import, so that one build fills the cache for all of them.
const goWarmUp = `package warmup
import (
${['fmt', 'math/rand', 'reflect', 'sort', 'strconv', 'strings', 'sync', 'testing', 'time', 'unicode'].map((name) => `\t_ "${name}"`).join('\n')}
)
`;
let goCacheFilled: Promise<void> | undefined;

/**
 * Compile the parts of Go's standard library that the cases use, once a process (about half a second when the cache has them,
 * half a minute when it does not). `runHiddenTests` does it before the first Go case, outside of that case's limit.
 */
export function fillGoCache(signal: AbortSignal): Promise<void> {
  goCacheFilled ??= warmUpGo(signal).catch((error: unknown) => {
    goCacheFilled = undefined;
    throw error;
  });
  return goCacheFilled;
}

async function warmUpGo(signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'devstral-fix-'));
  try {
    await mkdir(join(folder, 'tmp'));
    await writeFile(join(folder, 'go.mod'), goModule);
    await writeFile(join(folder, 'warmup_test.go'), goWarmUp);
    const exit = await run('go', [...goTest, '-run=^$', '.'], folder, signal, warmUpLimitMs);
    if (exit.kind === 'timedOut' || exit.code !== 0)
      throw new Error(`Go cannot build its standard library:\n${tail(exit.output)}`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runGo(folder: string, signal: AbortSignal): Promise<HiddenTestResult> {
  await fillGoCache(signal);
  await writeFile(join(folder, 'go.mod'), goModule);
  // Verbose, because only then does the output say PASS when the tests themselves came to an end.
  const exit = await run('go', [...goTest, '-v', '.'], folder, signal);
  if (exit.kind === 'exited' && /\[(build|setup) failed\]/.test(exit.output)) {
    return { kind: 'broken', output: tail(exit.output) };
  }
  return judge(exit, '\nPASS\n');
}

async function run(
  language: FixLanguage,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
  limit = limitMs,
): Promise<Exclude<GroupExit, { kind: 'missing' }>> {
  const command = language === 'typescript' ? process.execPath : programs[language];
  const exit = await runGroup(command, args, { cwd: folder, env: environment(folder), limitMs: limit, signal });
  if (exit.kind === 'missing') throw new Error(`${command} is not on PATH`);
  return exit;
}

/** What the programs need and nothing else: a candidate is not to see the keys of whoever runs the benchmark. */
function environment(folder: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'SystemRoot', 'USERPROFILE', 'LOCALAPPDATA'];
  const inherited = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return {
    ...inherited,
    // Below the folder, not the folder itself: Go ignores a go.mod in the system's temporary folder.
    TMPDIR: join(folder, 'tmp'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
    // One cache for all runs: the standard library is compiled once. It is not in `folder`, which is deleted.
    GOCACHE: join(tmpdir(), `devstral-fix-go-cache-${userInfo().username}`),
    GOPATH: join(folder, 'gopath'),
    GOENV: 'off',
    GOFLAGS: '-mod=mod',
    GOPROXY: 'off',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  };
}

function judge(exit: Exclude<GroupExit, { kind: 'missing' }>, endMarker: string): HiddenTestResult {
  const output = tail(exit.output);
  if (exit.kind === 'timedOut') return { kind: 'failed', output: `${output}\nstopped after ${limitMs / 1000} s` };
  if (exit.code !== 0) return { kind: 'failed', output };
  if (!exit.output.includes(endMarker)) return { kind: 'failed', output: `${output}\nended before the last test` };
  return { kind: 'passed' };
}

function tail(output: string): string {
  return output.length <= keptOutput ? output : `…${output.slice(-keptOutput)}`;
}
