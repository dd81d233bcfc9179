import type { ModelManager } from '../../models/modelManager.ts';
import type { RequestResult } from '../../protocol/messages.ts';
import type { TurnProgress } from '../../protocol/progress.ts';
import { dataFolders } from '../../workspace/dataFolders.ts';
import { forgetMachine } from '../knownMachine.ts';
import { provideCuda } from './provideCuda.ts';
import { removeCuda } from './removeCuda.ts';

/** The editor asks for the CUDA binaries. The engine looks for them when it starts, so the one that runs is let go. */
export async function answerCudaDownload(
  models: ModelManager,
  onProgress: (progress: TurnProgress) => void,
  signal: AbortSignal,
): Promise<RequestResult<'cudaDownload'>> {
  const { offline, proxy } = models.settings();
  const result = await provideCuda({ dataFolder: dataFolders().data, offline, proxy, signal, onProgress });
  if (result.kind === 'failed') return { outcome: 'failed', problem: result.problem };
  if (result.kind === 'cancelled') return { outcome: 'cancelled' };
  if (!result.fetched) return { outcome: 'there' };
  forgetMachine();
  await models.unload();
  return { outcome: 'downloaded' };
}

/** The editor asks to remove them: on Windows, what is in memory cannot be. */
export async function answerCudaRemove(models: ModelManager): Promise<RequestResult<'cudaRemove'>> {
  await models.unload();
  const removed = await removeCuda(dataFolders().data);
  forgetMachine();
  if (removed.kind === 'failed') return { freed: 0, problem: removed.problem };
  return { freed: removed.kind === 'removed' ? removed.bytes : 0 };
}
