import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineBackend } from '../../sidecar/engine/engineBackend.ts';
import { createEngineClient } from '../../sidecar/engine/engineClient.ts';
import { usableCores } from '../../sidecar/hardware/cores.ts';
import type { Backend, Message } from '../../sidecar/models/backend.ts';
import { createTekken } from '../../sidecar/models/formats/mistral/tekken.ts';
import { readVocabulary } from '../../sidecar/models/gguf/readVocabulary.ts';
import { abortTimes, bareSequence, oursRate, ready, upperQuartile } from './engine.bench.ts';
import { runPlanBench } from './plan.bench.ts';

/** One line of the table: ours, the bare binding, and their ratio where there is one. */
export interface LocalRow {
  what: string;
  ours: number;
  bare?: number;
  ratio?: number;
  unit: string;
  goal?: string;
}

const never = new AbortController().signal;
const quietRounds = { rounds: 8, tokens: 16 };
/** A token takes a second there. */
const busyRounds = { rounds: 2, tokens: 4 };
/** Enough that the slowest but one says something. */
const aborts = 100;
const tokenizerRounds = 5;
const tokenizerCharacters = 200_000;
const code = 'value = compute(value) + offset  # keep the sum\n'.repeat(40);

/** What the parts of the bench share; engine and model are started by the first part that needs them. */
interface Bench {
  folder: string;
  ours(): Promise<Backend>;
  bare(): ReturnType<typeof bareSequence>;
  add(row: LocalRow): void;
}

const parts: Record<string, (bench: Bench) => Promise<void>> = {
  /** First: its own loads would take memory from the others. */
  async plan({ add }) {
    const rows = await runPlanBench();
    const largest = Math.max(...rows.map(({ error }) => error));
    add({
      what: `memory plan, largest error of ${rows.length} rows above`,
      ours: largest * 100,
      unit: '%',
      goal: '<= 3',
    });
  },
  async load({ ours, bare, add }) {
    const oursLoad = await timed(ours);
    add({
      what: 'load (ours: with engine start and calibration)',
      ours: oursLoad,
      bare: await timed(bare),
      unit: 'ms',
    });
  },
  async rates({ ours, bare, add }) {
    const [backend, sequence] = [await ours(), await bare()];
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const quiet = await decodeRates(backend, sequence, quietRounds);
    add({ what: 'decode', ...quiet, unit: 'tok/s', goal: 'ratio >= 0.98' });
    add({ what: 'prefill', ours: await readRate(backend), bare: await sequence.readRate(code), unit: 'tok/s' });
    lag.disable();
    add({ what: 'event-loop lag of the client, p99', ours: lag.percentile(99) / 1e6 - 5, unit: 'ms' });
  },
  async busy({ ours, bare, add }) {
    const [backend, sequence] = [await ours(), await bare()];
    const stop = keepCoresBusy();
    const busy = await decodeRates(backend, sequence, busyRounds).finally(stop);
    add({ what: 'decode, all cores busy with other work', ...busy, unit: 'tok/s', goal: 'ratio >= 0.98' });
  },
  async turns({ ours, add }) {
    const share = await secondTurn(await ours());
    add({ what: 'tokens prefilled in turn 2 / new tokens', ours: share, unit: '', goal: '<= 1.01' });
  },
  async abort({ ours, add }) {
    for (const [phase, doing] of [
      ['prefill', 'reading'],
      ['decode', 'writing'],
    ] as const) {
      const { ended, free } = await abortTimes(await ours(), aborts, phase);
      add({ what: `abort while ${doing}, p50 of ${ended.n}`, ours: ended.p50, unit: 'ms' });
      add({ what: `abort while ${doing}, p99 of ${ended.n}`, ours: ended.p99, unit: 'ms', goal: '< 500' });
      add({ what: `next answer begins after it, p99 of ${free.n}`, ours: free.p99, unit: 'ms' });
    }
  },
  async tokenizer({ folder, add }) {
    add({ what: 'Tekken tokenizer', ...(await tokenizerRates(folder)), unit: 'characters/ms' });
  },
};

/**
 * The local path as a person has it (sidecar, engine process, model) beside bare node-llama-cpp, one run, by turns; all
 * parts or those named. The memory plan has a table of its own (plan.bench.ts).
 */
export async function runLocalBench(modelPath: string, named: readonly string[] = []): Promise<LocalRow[]> {
  const wanted = (named.length > 0 ? named : Object.keys(parts)).map((name) => {
    const run = parts[name];
    if (!run) throw new Error(`no part "${name}" of local: ${Object.keys(parts).join(', ')}`);
    return run;
  });
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const rows: LocalRow[] = [];
  const threads = await usableCores();
  const log = { info: () => undefined, warn: console.error };
  const client = createEngineClient({
    address: engineAddress(folder, 'bench'),
    program: resolve('dist/engine.mjs'),
    endAfterMs: 1000,
    idleMs: () => 600_000,
    onUnloaded: () => undefined,
    log,
  });
  const spec = { modelPath, name: 'bench', contextSize: 4096, threads, gpu: 'off' as const, dataFolder: folder };
  let ours: Promise<Backend> | undefined;
  let bare: ReturnType<typeof bareSequence> | undefined;
  const bench: Bench = {
    folder,
    ours() {
      const backend = createEngineBackend({ client, spec, log });
      ours ??= ready(backend).then(() => backend);
      return ours;
    },
    bare() {
      bare ??= bareSequence(modelPath, threads);
      return bare;
    },
    add(row) {
      console.error(`${row.what}: ${short(row.ours)} ${row.unit}${row.bare ? `, bare ${short(row.bare)}` : ''}`);
      rows.push({ ...row, ...(row.bare === undefined ? {} : { ratio: row.ours / row.bare }) });
    },
  };
  try {
    for (const run of wanted) await run(bench);
    console.table(
      rows.map((row) => ({ ...row, ours: short(row.ours), bare: short(row.bare), ratio: short(row.ratio) })),
    );
    return rows;
  } finally {
    await (await bare)?.dispose();
    client.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

const short = (value: number | undefined) => (value === undefined ? '' : Number(value.toPrecision(4)));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function decodeRates(
  backend: Backend,
  bare: Awaited<ReturnType<typeof bareSequence>>,
  { rounds, tokens }: { rounds: number; tokens: number },
) {
  const rates: { ours: number; bare: number }[] = [];
  await oursRate(backend, 4);
  await bare.rate(4);
  for (let i = 0; i < rounds; i++) {
    const first = i % 2 === 0 ? await oursRate(backend, tokens) : 0;
    const bareRate = await bare.rate(tokens);
    rates.push({ ours: first || (await oursRate(backend, tokens)), bare: bareRate });
  }
  return { ours: upperQuartile(rates.map((rate) => rate.ours)), bare: upperQuartile(rates.map((rate) => rate.bare)) };
}

async function readRate(backend: Backend): Promise<number> {
  const messages: Message[] = [{ role: 'user', content: code }];
  const startedAt = performance.now();
  for await (const event of backend.stream(
    { messages, tools: [], sampling: { temperature: 0, maxTokens: 1 } },
    never,
  )) {
    if (event.type === 'usage') {
      return ((event.promptTokens - event.reusedTokens) * 1000) / (performance.now() - startedAt);
    }
  }
  return 0;
}

async function secondTurn(backend: Backend): Promise<number> {
  const messages: Message[] = [{ role: 'user', content: 'Write one short Python function.' }];
  let known = 0;
  let answer = '';
  for await (const event of backend.stream(
    { messages, tools: [], sampling: { temperature: 0, maxTokens: 30 } },
    never,
  )) {
    if (event.type === 'text') answer += event.text;
    if (event.type === 'usage') known = event.promptTokens + event.outputTokens;
  }
  messages.push({ role: 'assistant', content: answer }, { role: 'user', content: 'And its test.' });
  for await (const event of backend.stream(
    { messages, tools: [], sampling: { temperature: 0, maxTokens: 1 } },
    never,
  )) {
    if (event.type === 'usage') return (event.promptTokens - event.reusedTokens) / (event.promptTokens - known + 1);
  }
  return Number.NaN;
}

/** Other work on every core, as a build would be. Call what it answers to end it. */
function keepCoresBusy(): () => void {
  const busy = cpus().map(() =>
    spawn(process.execPath, ['-e', 'for (;;) Math.sqrt(Math.random())'], { stdio: 'ignore' }),
  );
  return () => {
    for (const child of busy) child.kill('SIGKILL');
  };
}

async function tokenizerRates(folder: string): Promise<{ ours: number; bare: number }> {
  const path = join(folder, 'tekken.gguf');
  writeFileSync(path, gunzipSync(readFileSync(join('test', 'fixtures', 'mistral', 'tekken-v13.gguf.gz'))));
  const read = await readVocabulary(path);
  if (read.kind !== 'ok') throw new Error(read.reason);
  const tekken = createTekken(read.tokens);
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
  const text = readdirSync('sidecar', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('sidecar', name), 'utf8'))
    .join('');
  let [ours, bare, characters] = [0, 0, 0];
  // New text each time: ours remembers the pieces it has seen.
  for (let i = 0; i < tokenizerRounds; i++) {
    const some = text.slice(i * tokenizerCharacters, (i + 1) * tokenizerCharacters);
    const first = i % 2 === 0 ? await timed(async () => tekken.encode(some)) : 0;
    bare += await timed(async () => model.tokenize(some, false));
    ours += first || (await timed(async () => tekken.encode(some)));
    characters += some.length;
  }
  await model.dispose();
  return { ours: characters / ours, bare: characters / bare };
}
