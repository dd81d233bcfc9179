import { basename } from 'node:path';
import type { Llama, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import { usableCores } from '../../../hardware/cores.ts';
import { freeMemory } from '../../../hardware/memory.ts';
import { createThreadWatch, type ThreadWatch } from '../../../hardware/threadWatch.ts';
import type { Log } from '../../../log.ts';
import type { SidecarSettings } from '../../../protocol/models.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import type { ChatFormat } from '../../formats/chatFormat.ts';
import { chatml } from '../../formats/chatml.ts';
import { checkGgufFile, type GgufFacts } from '../../ggufFile.ts';
import { sizeText } from '../../sizeText.ts';
import { type Calibration, type CalibrationKey, createCalibration, type Rates } from './calibration.ts';
import { type ChunkPace, createChunkPace } from './chunkPace.ts';
import { type Engine, startEngine } from './engine.ts';
import { measureRates } from './measureRates.ts';
import { createTokenTable, type TokenTable } from './tokens.ts';

export interface LocalModelOptions {
  modelPath: string;
  /** Short name for people: "Starter". */
  name: string;
  /** Tokens; 0 chooses what is usual for this machine. */
  contextSize: number;
  /** 0: one for each physical core, fewer while the machine is busy. */
  threads: number;
  gpu: SidecarSettings['gpu'];
  /** Where measured rates are kept. */
  dataFolder: string;
  log: Pick<Log, 'info' | 'warn'>;
}

/** A model with its one sequence and all that is known of it. */
export interface LoadedModel {
  llama: Llama;
  model: LlamaModel;
  sequence: LlamaContextSequence;
  table: TokenTable;
  format: ChatFormat;
  pace: ChunkPace;
  /** Null where the person chose the number of threads: it stays. */
  watch: ThreadWatch | null;
  rates: Rates | null;
  calibration: Calibration;
  calibrationKey: CalibrationKey;
  dispose(): Promise<void>;
}

export type LoadResult = { kind: 'ready'; loaded: LoadedModel } | { kind: 'failed'; problem: ProblemReport };

const contextOnProcessor = 8192;
const contextOnGpu = 32_768;
const smallestContext = 2048;
/** Buffers for one batch, and the engine itself. */
const overheadBytes = 0.3 * 2 ** 30;
const batchSize = 512;

/** Loads a model file, with its share loaded so far from 0 to 1. Nothing that a file or a machine can do throws. */
export async function loadModel(
  options: LocalModelOptions,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<LoadResult> {
  const file = await checkGgufFile(options.modelPath);
  if (file.kind === 'bad') return { kind: 'failed', problem: file.problem };
  const threads = options.threads || (await usableCores());
  const start = await startEngine(options.gpu, threads, options.log);
  if (start.kind === 'failed') return start;
  const { llama } = start.engine;
  llama.maxThreads = threads;
  const onGpu = llama.gpu !== false;
  const wanted = wantedContext(options, file.facts, onGpu);
  const contextSize = onGpu ? wanted : fittingContext(options, file.facts, wanted, await freeMemory());
  if (typeof contextSize !== 'number') return { kind: 'failed', problem: contextSize };
  try {
    return await loadInto(start.engine, options, file.facts, contextSize, threads, onProgress, signal);
  } catch (error) {
    return { kind: 'failed', problem: await loadProblem(error, start.engine, options, file.facts) };
  }
}

async function loadInto(
  { llama }: Engine,
  options: LocalModelOptions,
  facts: GgufFacts,
  contextSize: number,
  threads: number,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<LoadResult> {
  const model = await llama.loadModel({
    modelPath: options.modelPath,
    gpuLayers: llama.gpu === false ? 0 : { fitContext: { contextSize } },
    loadSignal: signal,
    onLoadProgress: onProgress,
  });
  try {
    const context = await model.createContext({
      contextSize:
        llama.gpu === false ? contextSize : { min: Math.min(smallestContext, contextSize), max: contextSize },
      sequences: 1,
      batchSize: Math.min(batchSize, contextSize),
      threads: { ideal: threads, min: 1 },
    });
    const sequence = context.getSequence({
      contextShift: {
        strategy() {
          throw new Error('the context is full');
        },
      },
    });
    const table = createTokenTable(model);
    const calibration = createCalibration(options.dataFolder);
    const calibrationKey = {
      path: options.modelPath,
      size: facts.size,
      mtimeMs: facts.mtimeMs,
      gpu: String(llama.gpu),
      threads,
    };
    let rates = await calibration.read(calibrationKey);
    if (!rates && sequence.contextSize >= 256) {
      rates = await measureRates(llama, sequence, table.encode([{ text: sample }]), signal);
      if (rates) await calibration.write(calibrationKey, rates).catch((error) => options.log.warn(String(error)));
    }
    if (!facts.chatTemplate.includes('<|im_start|>')) {
      options.log.warn(`${basename(options.modelPath)} has no ChatML template; its answers may be poor`);
    }
    options.log.info(
      `${basename(options.modelPath)}: ${facts.architecture}, context ${sequence.contextSize}, ${llama.gpu || 'cpu'}, ${threads} threads` +
        (rates ? `, reads ${rates.prefill.toFixed(1)} and writes ${rates.decode.toFixed(1)} tok/s` : ''),
    );
    return {
      kind: 'ready',
      loaded: {
        llama,
        model,
        sequence,
        table,
        format: chatml,
        pace: createChunkPace(rates?.prefill ?? null),
        watch: options.threads > 0 ? null : watchThreads(llama, threads, rates, options.log),
        rates,
        calibration,
        calibrationKey,
        dispose: () => model.dispose(),
      },
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function watchThreads(llama: Llama, most: number, rates: Rates | null, log: LocalModelOptions['log']): ThreadWatch {
  return createThreadWatch({
    most,
    apply(count) {
      log.info(`threads: ${count}`);
      llama.maxThreads = count;
    },
    ...(rates ? { expected: { prefill: 1000 / rates.prefill, decode: 1000 / rates.decode } } : {}),
  });
}

function wantedContext(options: LocalModelOptions, facts: GgufFacts, onGpu: boolean): number {
  const usual = options.contextSize || (onGpu ? contextOnGpu : contextOnProcessor);
  return facts.trainedContext > 0 ? Math.min(usual, facts.trainedContext) : usual;
}

const memoryNeed = (facts: GgufFacts, context: number) =>
  facts.size + facts.stateBytesPerToken * context + overheadBytes;

/** The wanted context, or (if the person named none) the largest that fits: the kernel would kill us for more. */
function fittingContext(
  options: LocalModelOptions,
  facts: GgufFacts,
  wanted: number,
  free: number,
): number | ProblemReport {
  for (let size = wanted; ; size = Math.floor(size / 2)) {
    const need = memoryNeed(facts, size);
    if (need <= free) return size;
    if (options.contextSize === 0 && size / 2 >= smallestContext) continue;
    return problem('notEnoughMemory', { model: options.name, need: sizeText(need), free: sizeText(free) });
  }
}

async function loadProblem(
  error: unknown,
  engine: Engine,
  options: LocalModelOptions,
  facts: GgufFacts,
): Promise<ProblemReport> {
  const { InsufficientMemoryError } = await import('node-llama-cpp');
  // The engine's lines arrive a little after the error.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const message = error instanceof Error ? error.message : String(error);
  const details = [message, ...engine.lastLines().slice(-5)].join('\n');
  const file = basename(options.modelPath);
  if (error instanceof InsufficientMemoryError || /failed to allocate|out of memory/i.test(details)) {
    const need = memoryNeed(facts, smallestContext);
    const free = await freeMemory();
    return problem('notEnoughMemory', { model: options.name, need: sizeText(need), free: sizeText(free) }, details);
  }
  return problem('modelFileUnknown', { file, arch: facts.architecture || 'no architecture' }, details);
}

/** What the calibration reads: code, as the real work is; 40 tokens are enough. */
const sample = `def normalise(values):
    """Scales the values so that they add up to one."""
    total = sum(values)
    if total == 0:
        return [0.0 for _ in values]
    return [value / total for value in values]

def mean(values):
    return sum(values) / len(values) if values else 0.0
`;
