import type { Llama, LlamaOptions } from 'node-llama-cpp';
import { cudaEngineFor } from '../../../hardware/cuda/cudaPackages.ts';
import { useDownloadedCuda } from '../../../hardware/cuda/resolveCuda.ts';
import { probeGpu } from '../../../hardware/gpuProbe.ts';
import type { Log } from '../../../log.ts';
import type { SidecarSettings } from '../../../protocol/models.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';

/** llama.cpp, started in this process; its own messages go to the log. */
export interface Engine {
  llama: Llama;
  /** The newest lines that it printed, for the reason of a failed load. */
  lastLines(): string[];
}

export type EngineStart = { kind: 'ready'; engine: Engine } | { kind: 'failed'; problem: ProblemReport };

const oldestGlibc = 2.34;
const keptLines = 40;
/** One for a process and a kind of GPU: the addon is never unloaded. */
const started = new Map<SidecarSettings['gpu'], Promise<EngineStart>>();

/** Starts the engine, or gives the one that runs. `threads` applies to computing on the processor. */
export function startEngine(
  gpu: SidecarSettings['gpu'],
  threads: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<EngineStart> {
  const known = started.get(gpu);
  if (known) return known;
  const start = load(gpu, threads, log).then((result) => {
    // A failure can be mended while we run (a driver installed): the next call tries again.
    if (result.kind === 'failed') started.delete(gpu);
    return result;
  });
  started.set(gpu, start);
  return start;
}

async function load(
  gpu: SidecarSettings['gpu'],
  threads: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<EngineStart> {
  const reason = engineUnsupported();
  if (reason) return { kind: 'failed', problem: problem('engineUnsupported', { reason }) };
  const lines: string[] = [];
  const hasCuda = gpu !== 'off' && useDownloadedCuda() !== null;
  try {
    const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
    const options: LlamaOptions = {
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.warn,
      maxThreads: threads,
      logger(level, message) {
        const line = message.trim();
        if (line === '') return;
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
        log[level === LlamaLogLevel.info ? 'info' : 'warn'](`llama.cpp: ${line}`);
      },
    };
    const start = (kind: NonNullable<LlamaOptions['gpu']>) => getLlama({ ...options, gpu: kind });
    const llama =
      gpu === 'auto' && hasCuda
        ? await start('cuda').catch(async () => {
            const other = await start({ type: 'auto', exclude: ['cuda'] });
            sayWhyNotCuda(other.gpu, log);
            return other;
          })
        : await start(gpu === 'off' ? false : gpu);
    return { kind: 'ready', engine: { llama, lastLines: () => [...lines] } };
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    const platform = `${process.platform}-${process.arch}`;
    const text =
      gpu === 'auto' || gpu === 'off'
        ? t('There is no engine for {platform} here.', { platform })
        : t('There is no engine for {platform} with {backend} here.', { platform, backend: gpu });
    return { kind: 'failed', problem: problem('engineUnsupported', { reason: text }, details) };
  }
}

/** CUDA could be had here and was not downloaded. */
export const lacksCuda = (): boolean => cudaEngineFor() !== null && useDownloadedCuda() === null;

/** What was downloaded does not run here: the reason takes a second or two, and nobody waits for it. */
function sayWhyNotCuda(used: Llama['gpu'], log: Pick<Log, 'warn'>): void {
  void probeGpu('cuda').then((result) => {
    const reason = result.kind === 'failed' ? result.reason : 'it finds no device';
    log.warn(`CUDA was downloaded, but does not work here: ${reason}; ${used || 'the processor'} is used`);
  });
}

/** Why the engine's binaries cannot run on this computer, or null. */
export const engineUnsupported = (): string | null => unsupportedReason(process.platform, glibcVersion());

/** Why the engine's binaries cannot run there, or null. `glibc` is undefined where it is not the C library. */
export function unsupportedReason(platform: string, glibc: string | undefined): string | null {
  if (platform !== 'linux') return null;
  if (glibc === undefined) return t('Its C library is not glibc {oldest} or newer.', { oldest: oldestGlibc });
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  if (major > 2 || (major === 2 && minor >= 34)) return null;
  return t('Its C library (glibc {version}) is older than {oldest}.', { version: glibc, oldest: oldestGlibc });
}

function glibcVersion(): string | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // With it, a report looks up the names of all open sockets.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}
