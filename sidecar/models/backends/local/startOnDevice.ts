import { backendsFor } from '../../../hardware/describeMachine.ts';
import { probeGpu } from '../../../hardware/gpuProbe.ts';
import { backendNames } from '../../../hardware/hardwareText.ts';
import type { Device } from '../../../hardware/machine.ts';
import type { Log } from '../../../log.ts';
import type { SidecarSettings } from '../../../protocol/models.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import { type Engine, type EngineStart, lacksCuda, startEngine } from './engine.ts';

export type DeviceStart =
  /** `notice` says why a GPU that is there is not used. */
  { kind: 'ready'; engine: Engine; notice: ProblemReport | null } | Extract<EngineStart, { kind: 'failed' }>;

const probeLimitMs = 10_000;
const longestReason = 100;

/** Starts the engine on the device that is asked for; where that does not work, on the processor, with the reason. */
export async function startOnDevice(
  gpu: SidecarSettings['gpu'],
  threads: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<DeviceStart> {
  const start = await startEngine(gpu, threads, log);
  if (start.kind === 'ready' && start.engine.llama.gpu !== false) return { ...start, notice: null };
  if (gpu === 'off') return start.kind === 'ready' ? { ...start, notice: null } : start;
  if (gpu !== 'auto') return onProcessor(gpu, await whyNot(gpu), threads, log);
  return start.kind === 'ready' ? { ...start, notice: await brokenGpu() } : start;
}

/** The engine on the processor, since a GPU failed for a reason. */
export async function onProcessor(
  gpu: Device['kind'],
  reason: string,
  threads: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<DeviceStart> {
  const start = await startEngine('off', threads, log);
  if (start.kind === 'failed') return start;
  const notice = gpuFailed(gpu, reason);
  log.warn(`${notice.title}: ${notice.sentence}`);
  return { ...start, notice };
}

function gpuFailed(gpu: Device['kind'], reason: string): ProblemReport {
  const [line = ''] = reason.split('\n');
  const short = line.length > longestReason ? `${line.slice(0, longestReason - 1)}…` : line.replace(/[.\s]+$/, '');
  return problem('gpuFailed', { backend: backendNames[gpu], reason: short }, reason);
}

async function whyNot(gpu: Device['kind']): Promise<string> {
  if (gpu === 'cuda' && lacksCuda()) return t('its engine is not downloaded yet (Devstral: Download CUDA Engine)');
  const probed = await probeGpu(gpu, { limitMs: probeLimitMs });
  return probed.kind === 'failed' ? probed.reason : t('no device for it was found');
}

/** A driver that is installed and does not work; null on a computer that just has no GPU. */
async function brokenGpu(): Promise<ProblemReport | null> {
  const { getLlamaGpuTypes } = await import('node-llama-cpp');
  const installed: readonly (string | false)[] = await getLlamaGpuTypes('supported').catch(() => []);
  for (const kind of backendsFor(process.platform, process.arch)) {
    if (!installed.includes(kind)) continue;
    const probed = await probeGpu(kind, { limitMs: probeLimitMs });
    if (probed.kind === 'failed') return gpuFailed(kind, probed.reason);
  }
  return null;
}
