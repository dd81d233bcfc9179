import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const aborts = 15;
const code = 'value = compute(value) + offset  # keep the sum\n'.repeat(40);

/**
 * The local path as a person has it (sidecar, engine process, model) beside bare node-llama-cpp, one run, by turns. The
 * memory plan has a table of its own (plan.bench.ts).
 */
export async function runLocalBench(modelPath: string): Promise<LocalRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const rows: LocalRow[] = [];
  const add = (row: LocalRow) => {
    console.error(`${row.what}: ${short(row.ours)} ${row.unit}${row.bare ? `, bare ${short(row.bare)}` : ''}`);
    rows.push({ ...row, ...(row.bare === undefined ? {} : { ratio: row.ours / row.bare }) });
  };
  const threads = await usableCores();
  const client = createEngineClient({
    address: engineAddress(folder, 'bench'),
    program: resolve('dist/engine.mjs'),
    endAfterMs: 1000,
    idleMs: () => 600_000,
    onUnloaded: () => undefined,
    log: { info: () => undefined, warn: console.error },
  });
  const log = { info: () => undefined, warn: console.error };
  const spec = { modelPath, name: 'bench', contextSize: 4096, threads, gpu: 'off' as const, dataFolder: folder };
  const backend = createEngineBackend({ client, spec, log });
  try {
    const oursLoad = await timed(() => ready(backend));
    let bare!: Awaited<ReturnType<typeof bareSequence>>;
    const bareLoad = await timed(async () => {
      bare = await bareSequence(modelPath, threads);
    });
    add({ what: 'load (ours: with engine start and calibration)', ours: oursLoad, bare: bareLoad, unit: 'ms' });
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const quiet = await decodeRates(backend, bare, quietRounds);
    add({ what: 'decode', ...quiet, unit: 'tok/s', goal: 'ratio >= 0.98' });
    add({ what: 'prefill', ours: await readRate(backend), bare: await bare.readRate(code), unit: 'tok/s' });
    lag.disable();
    add({ what: 'event-loop lag of the client, p99', ours: lag.percentile(99) / 1e6 - 5, unit: 'ms' });
    const stop = keepCoresBusy();
    const busy = await decodeRates(backend, bare, busyRounds).finally(stop);
    add({ what: 'decode, all cores busy with other work', ...busy, unit: 'tok/s', goal: 'ratio >= 0.98' });
    add({
      what: 'tokens prefilled in turn 2 / new tokens',
      ours: await secondTurn(backend),
      unit: '',
      goal: '<= 1.01',
    });
    const reading = await abortTimes(backend, aborts, 'prefill');
    add({ what: 'abort while reading, p99', ours: reading.ended.p99, unit: 'ms', goal: '< 500' });
    const writing = await abortTimes(backend, aborts, 'decode');
    add({ what: 'abort while writing, p99', ours: writing.ended.p99, unit: 'ms', goal: '< 500' });
    await bare.dispose();
    add({ what: 'Tekken tokenizer', ...(await tokenizerRates(folder)), unit: 'characters/ms' });
    console.table(
      rows.map((row) => ({ ...row, ours: short(row.ours), bare: short(row.bare), ratio: short(row.ratio) })),
    );
    return rows;
  } finally {
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
  const text = readFileSync('THIRD_PARTY_NOTICES', 'utf8').slice(0, 300_000);
  const ours = await timed(async () => tekken.encode(text));
  const bare = await timed(async () => model.tokenize(text, false));
  await model.dispose();
  return { ours: text.length / ours, bare: text.length / bare };
}
