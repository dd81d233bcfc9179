import type { Llama } from 'node-llama-cpp';
import type { KvType } from '../../sidecar/models/plan/memoryPlan.ts';

/** Bytes of one `… buffer size` line of llama.cpp, which rounds to 0.01 MiB. */
export interface BufferLine {
  /** As llama.cpp names it: `CPU_Mapped`, `CPU_REPACK`, `Vulkan0`. */
  buffer: string;
  kind: 'model' | 'KV' | 'compute' | 'output';
  bytes: number;
}

export interface MeasuredLlama {
  llama: Llama;
  /** What was logged since the last call. */
  takeLines(): Promise<BufferLine[]>;
}

/** An engine whose load log is kept. */
export async function startMeasuredLlama(gpu: 'vulkan' | false): Promise<MeasuredLlama> {
  const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
  let text = '';
  const llama = await getLlama({
    gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: 1,
    logLevel: LlamaLogLevel.debug,
    logger: (_level, message) => {
      text += `${message}\n`;
    },
  });
  return {
    llama,
    async takeLines() {
      // The lines arrive a little after what they tell of.
      await new Promise((resolve) => setTimeout(resolve, 40));
      const found = text.matchAll(/(\S+)\s+(model|KV|compute|output) buffer size =\s+([\d.]+) MiB/g);
      const lines = [...found].map(([, buffer, kind, size]) => ({
        buffer: buffer ?? '',
        kind: kind as BufferLine['kind'],
        bytes: Number(size) * 2 ** 20,
      }));
      text = '';
      return lines;
    },
  };
}

export interface MeasuredSettings {
  context: number;
  kvType: KvType;
  batch: number;
  flashAttention: boolean;
}

/** The engine's own classes: `loadModel` runs node-llama-cpp's estimates too, and drops lines while it does. */
interface Bindings {
  AddonModel: new (path: string, options: object) => Loadable;
  AddonContext: new (model: Loadable, options: object) => Loadable;
}
interface Loadable {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
}

const ggmlTypes: Record<KvType, number> = { f16: 1, q8_0: 8, q4_0: 2 };

/** Loads a model, memory-mapped as node-llama-cpp does, and a context for each setting; the lines of each. */
export async function measureLoads(
  { llama, takeLines }: MeasuredLlama,
  path: string,
  gpuLayers: number,
  settings: readonly MeasuredSettings[],
): Promise<BufferLine[][]> {
  const bindings = (llama as unknown as { _bindings: Bindings })._bindings;
  await takeLines();
  const model = new bindings.AddonModel(path, { addonExports: bindings, gpuLayers, useMmap: true });
  if (!(await model.init())) throw new Error(`${path} was not loaded`);
  const modelLines = await takeLines();
  const all: BufferLine[][] = [];
  for (const { context, kvType, batch, flashAttention } of settings) {
    const options = {
      contextSize: context,
      batchSize: batch,
      sequences: 1,
      threads: 1,
      flashAttention,
      kvCacheKeyType: ggmlTypes[kvType],
      kvCacheValueType: ggmlTypes[kvType],
    };
    const made = new bindings.AddonContext(model, options);
    if (!(await made.init())) throw new Error(`no context for ${JSON.stringify(settings)}`);
    all.push([...modelLines, ...(await takeLines())]);
    await made.dispose();
  }
  await model.dispose();
  return all;
}
