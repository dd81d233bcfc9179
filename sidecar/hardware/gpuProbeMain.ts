import '../displayLanguage.ts';
import { t } from '../protocol/translate.ts';
import { cudaEngineFor } from './cuda/cudaPackages.ts';
import { useDownloadedCuda } from './cuda/resolveCuda.ts';
import { whyCudaFails } from './cuda/whyCudaFails.ts';
import type { ProbeMessage } from './gpuProbe.ts';
import type { Device } from './machine.ts';

/**
 * Asks one backend of llama.cpp for its devices, in a process of its own: a driver can crash or hang here without taking the
 * sidecar along. Started by `probeGpu`.
 */
async function probe(kind: Device['kind']): Promise<ProbeMessage> {
  const cuda = kind === 'cuda' ? useDownloadedCuda() : null;
  const { getLlama, getLlamaGpuTypes, NoBinaryFoundError } = await import('node-llama-cpp');
  const lines: string[] = [];
  try {
    const llama = await getLlama({
      gpu: kind,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logger: (_level, message) => {
        lines.push(message.trim());
      },
    });
    const names = await llama.getGpuDeviceNames();
    const { total, free, unifiedSize } = await llama.getVramState();
    return { kind: 'devices', names, total, free, unified: unifiedSize > 0 };
  } catch (error) {
    if (error instanceof NoBinaryFoundError) {
      const [first] = cudaEngineFor()?.packages ?? [];
      if (cuda && first) return { kind: 'failed', reason: whyCudaFails(cuda, first.name) };
      // The usual case of another vendor's machine, unless its driver is here.
      const supported: readonly (string | false)[] = await getLlamaGpuTypes('supported').catch(() => []);
      if (kind === 'cuda') return { kind: 'missing', couldRun: supported.includes(kind) };
      if (!supported.includes(kind)) return { kind: 'missing' };
      return {
        kind: 'failed',
        reason: [...lastOf(lines), t('the engine for it is not installed or does not run here')].join(' '),
      };
    }
    return {
      kind: 'failed',
      reason: [...lastOf(lines), error instanceof Error ? error.message : String(error)].join(' '),
    };
  }
}

const lastOf = (lines: readonly string[]) => lines.filter((line) => line !== '').slice(-3);

const message = await probe(process.argv[2] as Device['kind']);
// The addon's threads do not end by themselves.
if (process.send) process.send(message, () => process.exit(0));
