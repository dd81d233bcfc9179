import { provideCuda } from '../hardware/cuda/provideCuda.ts';
import { removeCuda } from '../hardware/cuda/removeCuda.ts';
import { sizeText } from '../models/sizeText.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { createProgressLine } from './progressLine.ts';

export interface CudaCommandOptions extends CommonOptions {
  remove?: boolean;
}

/** `devstral cuda [--remove]`: the engine's CUDA binaries. Answers the exit code. */
export async function runCuda(options: CudaCommandOptions, signal: AbortSignal): Promise<number> {
  const { data } = dataFolders();
  if (options.remove) return remove(data, options);
  const { offline, proxy } = commandContext(options).models.settings();
  const line = createProgressLine(process.stderr);
  const result = await provideCuda({ dataFolder: data, offline, proxy, signal, onProgress: line.report });
  line.clear();
  if (result.kind === 'failed') throw new CommandFailed(problemLine(result.problem));
  if (result.kind === 'cancelled') return 1;
  const { folder, fetched } = result;
  if (options.json) printResult({ status: fetched ? 'downloaded' : 'unchanged', folder });
  else process.stdout.write(`${folder}\n${fetched ? 'used from the next load of a model on' : 'was there already'}\n`);
  return 0;
}

async function remove(dataFolder: string, options: CudaCommandOptions): Promise<number> {
  const result = await removeCuda(dataFolder);
  if (result.kind === 'failed') throw new CommandFailed(problemLine(result.problem));
  const bytes = result.kind === 'removed' ? result.bytes : 0;
  if (options.json) printResult({ status: result.kind === 'removed' ? 'removed' : 'unchanged', bytes });
  else process.stdout.write(bytes > 0 ? `${sizeText(bytes)} freed\n` : 'the CUDA engine is not there\n');
  return result.kind === 'removed' ? 0 : 1;
}
