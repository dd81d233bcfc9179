import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { dataFolders } from '../../../sidecar/workspace/dataFolders.ts';
import { runGroup } from '../fix/processGroup.ts';
import { type Task, tasks } from './tasks.ts';

export interface TaskRow {
  task: string;
  run: number;
  done: boolean;
  /** Why it is not done, in a line. */
  why: string;
  steps: number;
  calls: number;
  /** Calls that were refused, failed or not understood. */
  badCalls: number;
  seconds: number;
}

/** Of the five tasks, what the starter model did in one run when this was last measured. */
export const measuredRate = 1;

const stepLimit = 12;
const limitMs = 30 * 60_000;

/**
 * Small tasks with the starter model through `devstral ask --mode accept-edits`, each in a folder of its own, scored by
 * running code. Transcripts are in artifacts/tasks. `only`: part of a task's name.
 */
export async function runTasksBench(only: string | undefined, runs: number, model = 'starter') {
  const home = mkdtempSync(join(tmpdir(), 'devstral-tasks-'));
  symlinkSync(dataFolders().models, join(home, 'models'));
  const rows: TaskRow[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      for (const task of tasks.filter(({ name }) => only === undefined || name.includes(only))) {
        const row = await runTask(task, run, { home, model });
        rows.push(row);
        console.error(JSON.stringify(row));
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const done = rows.filter((row) => row.done).length;
  console.table(rows);
  console.log(`${done} of ${rows.length} done; to reach: ${measuredRate} of ${tasks.length}`);
  return { rows, rate: done / rows.length };
}

async function runTask(task: Task, run: number, { home, model }: { home: string; model: string }): Promise<TaskRow> {
  const folder = mkdtempSync(join(tmpdir(), `devstral-task-${task.name}-`));
  const put = (name: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), task.files[name] ?? '');
  };
  for (const name of Object.keys(task.files)) put(name);
  const startedAt = performance.now();
  const { code, stdout, stderr } = await ask(task, folder, { home, model });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  mkdirSync('artifacts/tasks', { recursive: true });
  writeFileSync(`artifacts/tasks/${task.name}-${run}.jsonl`, `${stdout}${stderr}`);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Said]));
  const answer = events.at(-1)?.answer ?? '';
  for (const name of task.kept ?? []) put(name);
  const why = code === 2 ? stderr.trim().split('\n').at(-1) : await missing(task, folder, answer);
  rmSync(folder, { recursive: true });
  const ended = events.filter(({ type }) => type === 'callEnd');
  return {
    task: task.name,
    run,
    done: why === undefined,
    why: why ?? '',
    steps: events.filter(({ type }) => type === 'answer').length,
    calls: ended.length,
    badCalls: ended.filter(({ ok }) => !ok).length,
    seconds,
  };
}

interface Said {
  type?: string;
  ok?: boolean;
  answer?: string;
}

function ask(task: Task, folder: string, { home, model }: { home: string; model: string }) {
  const flags = ['--mode', 'accept-edits', '--json', '--model', model, '--offline', '--steps', String(stepLimit)];
  const child = spawn(process.execPath, [resolve('dist/cli.mjs'), 'ask', task.prompt, '--cwd', folder, ...flags], {
    env: { ...process.env, INIT_CWD: '', DEVSTRAL_HOME: home, DEVSTRAL_ENGINE_END_MS: '15000' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), limitMs);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data));
  child.stderr.on('data', (data: Buffer) => (stderr += data));
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, stdout, stderr });
    });
  });
}

/** What is missing from a task, in a line; undefined when it is done. */
async function missing(task: Task, folder: string, answer: string): Promise<string | undefined> {
  if (task.answer) return task.answer.test(answer) ? undefined : `the answer is: ${answer.slice(0, 120)}`;
  const path = join(folder, 'check_task.py');
  writeFileSync(path, `${task.check ?? ''}\nprint("checked")\n`);
  const signal = new AbortController().signal;
  const checked = await runGroup('python3', [path], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    limitMs: 20_000,
    signal,
  });
  if (checked.kind === 'missing') throw new Error('python3 is not on the path');
  const last = checked.output.trim().split('\n').at(-1);
  // Printed after the last assertion: a program that ends early has not passed.
  return last === 'checked' ? undefined : last || 'nothing was printed';
}
