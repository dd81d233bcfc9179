import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { getLlama, type LlamaContextSequence, LlamaLogLevel } from 'node-llama-cpp';
import { usableCores } from '../../sidecar/hardware/cores.ts';
import type { Backend, Message } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';

interface Spread {
  n: number;
  p50: number;
  p99: number;
}

export interface EngineBench {
  model: string;
  threads: number;
  /** Tokens per second, the upper quartile of the rounds: other work on the machine only ever slows one. */
  decodeRate: { ours: number; bare: number };
  /** Ours over bare. Goal: 0.95 or more. */
  ratio: number;
  rounds: { ours: number; bare: number }[];
  prefillRate: number;
  /** Milliseconds from the abort to the end of the stream (goal: p99 under 500), and until the engine is free again. */
  abort: Record<'prefill' | 'decode', { ended: Spread; free: Spread }>;
}

interface Options {
  modelPath: string;
  rounds: number;
  tokens: number;
  aborts: number;
}

const never = new AbortController().signal;
const question: Message[] = [
  { role: 'user', content: 'Write a long Python module with many small functions. Only code.' },
];

/** Runs our backend and a bare loop on the same model in one process, by turns; prints a table. About three minutes. */
export async function runEngineBench(
  modelPath: string,
  given: Partial<Omit<Options, 'modelPath'>> = {},
): Promise<EngineBench> {
  const options: Options = {
    modelPath,
    rounds: 16,
    tokens: 16,
    aborts: 50,
    ...given,
  };
  const threads = await usableCores();
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const open = (fixedThreads: number) =>
    createLocalBackend({
      modelPath: options.modelPath,
      name: 'bench',
      contextSize: 4096,
      threads: fixedThreads,
      gpu: 'off',
      dataFolder: folder,
      log: { info: () => {}, warn: () => {} },
    });
  try {
    // The number of threads is fixed on both sides here: the comparison is of the loops.
    const rounds = await compareRates(open(threads), options, threads);
    const ours = upperQuartile(rounds.map((round) => round.ours));
    const bare = upperQuartile(rounds.map((round) => round.bare));
    const abort = await abortSpreads(open(0), options.aborts);
    const ratio = ours / bare;
    const result = { model: basename(options.modelPath), threads, decodeRate: { ours, bare }, ratio, rounds, ...abort };
    console.log(engineTable(result));
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function ready(backend: Backend): Promise<void> {
  for await (const event of backend.prepare(never)) if (event.type === 'error') throw new Error(event.problem.sentence);
}

async function compareRates(backend: Backend, options: Options, threads: number): Promise<EngineBench['rounds']> {
  await ready(backend);
  const bare = await bareSequence(options.modelPath, threads);
  const rounds: EngineBench['rounds'] = [];
  await oursRate(backend, 4);
  await bare.rate(4);
  for (let i = 0; i < options.rounds; i++) {
    // Which goes first changes, so that neither always meets the warmer machine.
    const before = i % 2 === 0 ? await oursRate(backend, options.tokens) : 0;
    const bareRate = await bare.rate(options.tokens);
    rounds.push({ ours: before || (await oursRate(backend, options.tokens)), bare: bareRate });
  }
  await bare.dispose();
  await backend.dispose();
  return rounds;
}

async function abortSpreads(backend: Backend, count: number): Promise<Pick<EngineBench, 'abort' | 'prefillRate'>> {
  await ready(backend);
  const decode = await abortTimes(backend, count, 'decode');
  const prefill = await abortTimes(backend, count, 'prefill');
  const { prefillRate } = await backend.capabilities(never);
  await backend.dispose();
  return { abort: { prefill, decode }, prefillRate: prefillRate ?? 0 };
}

/** Tokens per second from the first event of the answer to the last, as who reads the stream sees it. */
export async function oursRate(backend: Backend, maxTokens: number): Promise<number> {
  let tokens = 0;
  let startedAt = performance.now();
  for await (const event of backend.stream(
    { messages: question, tools: [], sampling: { temperature: 0, maxTokens } },
    never,
  )) {
    // If anything is read, the last `prefill` comes just before the first token is sampled.
    if (event.type === 'prefill') startedAt = performance.now();
    if (event.type === 'usage') tokens = event.outputTokens;
    if (event.type === 'finish') return (tokens * 1000) / (performance.now() - startedAt);
  }
  return 0;
}

export async function bareSequence(modelPath: string, threads: number) {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    maxThreads: threads,
  });
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: 4096, sequences: 1, threads: { ideal: threads, min: 1 } });
  const sequence: LlamaContextSequence = context.getSequence();
  const prompt = model.tokenize(
    `<|im_start|>system\nYou are a helpful coding assistant.<|im_end|>\n<|im_start|>user\n${question[0]?.content}<|im_end|>\n<|im_start|>assistant\n`,
    true,
  );
  return {
    async rate(maxTokens: number): Promise<number> {
      await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
      const rest = prompt.slice(sequence.nextTokenIndex, -1);
      if (rest.length > 0) await sequence.evaluateWithoutGeneratingNewTokens(rest);
      const startedAt = performance.now();
      let tokens = 0;
      for await (const _token of sequence.evaluate(prompt.slice(-1), { temperature: 0 }))
        if (++tokens >= maxTokens) break;
      return (tokens * 1000) / (performance.now() - startedAt);
    },
    /** Tokens per second of reading, in one go. */
    async readRate(text: string): Promise<number> {
      const tokens = model.tokenize(text, false);
      await sequence.clearHistory();
      const startedAt = performance.now();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
      return (tokens.length * 1000) / (performance.now() - startedAt);
    },
    dispose: () => model.dispose(),
  };
}

/**
 * Milliseconds from an abort to the end of its stream, and until the next stream is served; `count` samples or what four
 * minutes give. Reading goes on in one long prompt, of which each stream reads a chunk or two.
 */
export async function abortTimes(backend: Backend, count: number, phase: 'prefill' | 'decode') {
  const ended: number[] = [];
  const free: number[] = [];
  let prompts = 0;
  let abortedAt: number | null = null;
  const until = performance.now() + abortsMs;
  for (let i = 0; ended.length < count && performance.now() < until; i++) {
    const abort = new AbortController();
    const messages = phase === 'prefill' ? longPrompt(prompts) : question;
    let before: number | null = abortedAt;
    let timer: NodeJS.Timeout | undefined;
    let seen = '';
    let seenAtAbort = '';
    abortedAt = null;
    for await (const event of backend.stream(
      { messages, tools: [], sampling: { temperature: 0.8, seed: i, maxTokens: 400 } },
      abort.signal,
    )) {
      if (event.type !== 'prefill' && event.type !== 'text') continue;
      if (before !== null) free.push(performance.now() - before);
      before = null;
      seen = event.type === 'prefill' ? event.type : 'decode';
      if (event.type === 'prefill' && event.total - event.done < unreadTokens) prompts++;
      if (seen !== phase) continue;
      // At any moment of a step, not just after one.
      timer ??= setTimeout(() => {
        seenAtAbort = seen;
        abortedAt = performance.now();
        abort.abort();
      }, Math.random() * 400);
    }
    clearTimeout(timer);
    // An answer that ended by itself, or was written already, is no sample.
    if (abortedAt !== null && seenAtAbort === phase) ended.push(performance.now() - abortedAt);
  }
  return { ended: spread(ended), free: spread(free) };
}

/** A busy machine gives fewer samples and not an hour of them. */
const abortsMs = 240_000;
/** What must be left to read of a prompt for the next abort to meet its reading. */
const unreadTokens = 600;
const longPrompt = (number: number): Message[] => [
  { role: 'user', content: `${number} `.repeat(8) + 'value = compute(value) + offset\n'.repeat(350) },
];

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
export const upperQuartile = (values: readonly number[]) => sorted(values)[Math.floor(values.length * 0.75)] ?? 0;

function spread(values: readonly number[]): Spread {
  const at = (share: number) =>
    Math.round(sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0);
  return { n: values.length, p50: at(0.5), p99: at(0.99) };
}

/** A table for people. */
function engineTable(bench: EngineBench): string {
  const { ours, bare } = bench.decodeRate;
  const abort = ({ ended: { n, p50, p99 }, free }: { ended: Spread; free: Spread }) =>
    `p50 ${p50} ms, p99 ${p99} ms, n ${n} (goal: p99 < 500); engine free again p50 ${free.p50}, p99 ${free.p99} ms`;
  return [
    `engine: ${bench.model}, ${bench.threads} threads`,
    `  decode, ours           ${ours.toFixed(2)} tok/s`,
    `  decode, bare loop      ${bare.toFixed(2)} tok/s`,
    `  ours / bare            ${bench.ratio.toFixed(3)} (goal: >= 0.95)`,
    `  prefill, calibrated    ${bench.prefillRate.toFixed(1)} tok/s`,
    `  abort while reading    ${abort(bench.abort.prefill)}`,
    `  abort while writing    ${abort(bench.abort.decode)}`,
  ].join('\n');
}
