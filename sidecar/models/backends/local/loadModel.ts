import { basename } from 'node:path';
import type { Llama } from 'node-llama-cpp';
import { usableCores } from '../../../hardware/cores.ts';
import { backendNames } from '../../../hardware/hardwareText.ts';
import type { Device } from '../../../hardware/machine.ts';
import { createThreadWatch, type ThreadWatch } from '../../../hardware/threadWatch.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { plural, t } from '../../../protocol/translate.ts';
import { checkGgufFile, type GgufCheck, type GgufFacts } from '../../ggufFile.ts';
import { needs, type PlanChoice } from '../../plan/choices.ts';
import { stepDownText, uncheckedChoice } from '../../plan/choiceText.ts';
import type { KvType } from '../../plan/memoryPlan.ts';
import { stepDown } from '../../plan/stepDown.ts';
import { createCalibration, type Rates } from './calibration.ts';
import { createChunkPace } from './chunkPace.ts';
import { type Engine, startEngine } from './engine.ts';
import type { LoadResult, LocalModelOptions } from './loadedModel.ts';
import { batchSize, planLoad } from './loadPlan.ts';
import { isMemoryProblem, loadProblem, stepDownNotice } from './loadProblem.ts';
import { measureRates } from './measureRates.ts';
import { modelFormat } from './modelFormat.ts';
import { predicts } from './predicts.ts';
import { onProcessor, startOnDevice } from './startOnDevice.ts';
import { openStateFiles } from './stateFiles.ts';
import { createTokenTable } from './tokens.ts';

/** Loads a model file, with its share loaded so far from 0 to 1. Nothing that a file or a machine can do throws. */
export async function loadModel(
  options: LocalModelOptions,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<LoadResult> {
  const file = await checkGgufFile(options.modelPath);
  if (file.kind === 'bad') return { kind: 'failed', problem: file.problem };
  const threads = options.threads || (await usableCores());
  const start = await startOnDevice(options.gpu, threads, options.log);
  if (start.kind === 'failed') return start;
  const job: LoadJob = { options, file, threads, onProgress, signal };
  const loaded = await loadWith(start.engine, start.notice, job);
  const { gpu } = start.engine.llama;
  // Memory is the plan's to find; what else a GPU fails at, the processor may do.
  if (loaded.kind === 'ready' || gpu === false || !onlyGpu.has(loaded.problem.code) || signal.aborted) return loaded;
  const reason = loaded.problem.details ?? loaded.problem.sentence;
  const processor = await onProcessor(gpu, reason, threads, options.log);
  if (processor.kind === 'failed') return loaded;
  const again = await loadWith(processor.engine, processor.notice, job);
  return again.kind === 'ready' ? again : loaded;
}

/** What may be the GPU's fault and not the file's. */
const onlyGpu = new Set<ProblemReport['code']>(['modelFileUnknown', 'outputIsNoise']);

interface LoadJob {
  options: LocalModelOptions;
  file: Extract<GgufCheck, { kind: 'ok' }>;
  threads: number;
  onProgress(fraction: number): void;
  signal: AbortSignal;
}

/** Loads as planned; after a failure for memory once more with less. */
async function loadWith(first: Engine, notice: ProblemReport | null, job: LoadJob): Promise<LoadResult> {
  const { options, file, threads, signal } = job;
  const planned = await planLoad({ ...options, header: file.header, llama: first.llama });
  if (planned.kind === 'failed') return planned;
  const { choice, machine } = planned;
  let engine = first;
  if (choice.placement === 'cpu' && engine.llama.gpu !== false) {
    // Without a GPU in use the weights are repacked for the processor.
    const start = await startEngine('off', threads, options.log);
    if (start.kind === 'failed') return start;
    engine = start.engine;
  }
  engine.llama.maxThreads = threads;
  const notices = notice ? [notice] : [];
  const load = (how: PlanChoice, said: readonly ProblemReport[]) =>
    loadInto(engine, { ...job, how, device: machine.devices[0], notices: said });
  try {
    return await load(choice, notices);
  } catch (error) {
    const report = await loadProblem(error, engine, options, file.facts, choice);
    const smaller = isMemoryProblem(report) ? stepDown(file.header, machine, choice, batchSize) : null;
    if (!smaller || signal.aborted) return { kind: 'failed', problem: report };
    options.log.warn(stepDownText(choice, smaller, 'en'));
    try {
      return await load(smaller, [...notices, stepDownNotice(choice, smaller)]);
    } catch (again) {
      return { kind: 'failed', problem: await loadProblem(again, engine, options, file.facts, smaller) };
    }
  }
}

const kvTypes = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

async function loadInto(
  { llama }: Engine,
  {
    options,
    file: { facts, header },
    how: choice,
    device,
    notices,
    threads,
    onProgress,
    signal,
  }: LoadJob & { how: PlanChoice; device: Device | undefined; notices: readonly ProblemReport[] },
): Promise<LoadResult> {
  const model = await llama.loadModel({
    modelPath: options.modelPath,
    gpuLayers: llama.gpu === false ? 0 : choice.gpuLayers,
    loadSignal: signal,
    onLoadProgress: onProgress,
  });
  try {
    const quantised = choice.kvType !== 'f16';
    const context = await model.createContext({
      contextSize: choice.context,
      sequences: 1,
      batchSize: Math.min(batchSize, choice.context),
      threads: { ideal: threads, min: 1 },
      // llama.cpp takes coarser keys and values with flash attention only.
      ...(quantised
        ? {
            flashAttention: true,
            experimentalKvCacheKeyType: kvTypes[choice.kvType],
            experimentalKvCacheValueType: kvTypes[choice.kvType],
          }
        : {}),
    });
    const sequence = context.getSequence({
      contextShift: {
        strategy() {
          throw new Error('the context is full');
        },
      },
    });
    const { format, encodeText, notice } = await modelFormat({
      path: options.modelPath,
      chatTemplate: facts.chatTemplate,
      bos: model.tokens.bosString ?? '',
      eos: model.tokens.eosString ?? '',
    });
    const table = createTokenTable(model, encodeText);
    const sampleTokens = table.encode([{ text: sample }]);
    if (!(await predicts(sequence, sampleTokens.slice(0, fewTokens), header.vocabulary))) {
      await model.dispose();
      return { kind: 'failed', problem: problem('outputIsNoise', { n: 0 }, t('what it computes makes no sense')) };
    }
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
      rates = await measureRates(llama, sequence, sampleTokens, signal);
      if (rates) await calibration.write(calibrationKey, rates).catch((error) => options.log.warn(String(error)));
    }
    options.log.info(
      `${basename(options.modelPath)}: ${facts.architecture}, ${format.name}, context ${sequence.contextSize}, ${llama.gpu || 'cpu'}, ${threads} threads` +
        (rates ? `, reads ${rates.prefill.toFixed(1)} and writes ${rates.decode.toFixed(1)} tok/s` : ''),
    );
    return {
      kind: 'ready',
      loaded: {
        name: options.name,
        llama,
        model,
        sequence,
        table,
        format,
        pace: createChunkPace(rates?.prefill ?? null),
        states: await openStateFiles({
          dataFolder: options.dataFolder,
          key: stateKey(options, facts, llama, sequence.contextSize, choice.kvType),
          bytesPerToken: facts.stateBytesPerToken,
          log: options.log,
          ...(options.freeSpace ? { freeSpace: options.freeSpace } : {}),
        }),
        watch: options.threads > 0 ? null : watchThreads(llama, threads, rates, options.log),
        rates,
        calibration,
        calibrationKey,
        device: device && llama.gpu ? `${device.name} (${backendNames[device.kind]})` : processorText(threads),
        memory: {
          ...needs(choice.plan),
          gpuTotal: llama.gpu === false ? 0 : (device?.total ?? 0),
          unchecked: uncheckedChoice(choice, device),
        },
        notices: notice ? [...notices, notice] : notices,
        dispose: () => model.dispose(),
      },
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

const processorText = (threads: number) =>
  plural(threads, { one: 'Processor, {count} thread', other: 'Processor, {count} threads' });

/** What must be the same for a kept KV cache to be one of this context. */
function stateKey(
  { modelPath }: LocalModelOptions,
  { size, mtimeMs }: GgufFacts,
  llama: Llama,
  context: number,
  kvType: KvType,
) {
  const engine = `${llama.llamaCppRelease.release} ${process.platform} ${process.arch}`;
  return { modelPath, size, mtimeMs, gpu: String(llama.gpu), context, kvType, engine };
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

/** Of the sample, for a first look at what the model makes of it. */
const fewTokens = 8;
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
