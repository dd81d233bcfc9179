import { join } from 'node:path';
import { cpuFeatures } from '../../sidecar/hardware/cpuFeatures.ts';
import type { Device } from '../../sidecar/hardware/machine.ts';
import { readFileHeader } from '../../sidecar/models/ggufFile.ts';
import { planMemory } from '../../sidecar/models/plan/memoryPlan.ts';
import { type BufferLine, type MeasuredLlama, type MeasuredSettings, measureLoads } from '../models/measureBuffers.ts';
import { type ModelShape, writeModel } from '../unit/writeGguf.ts';

/** Small models of each architecture, with what differs: grouped heads, biases, a tied head, mixtures of types. */
const common = { context: 32_768, weights: 'Q4_K', head: 'Q6_K' } as const;
export const plannedShapes: ModelShape[] = [
  {
    ...common,
    architecture: 'llama',
    layers: 9,
    embedding: 256,
    heads: 8,
    kvHeads: 2,
    headLength: 64,
    feedForward: 768,
    vocabulary: 4000,
    better: 'Q6_K',
  },
  {
    ...common,
    architecture: 'qwen2',
    layers: 4,
    embedding: 256,
    heads: 4,
    kvHeads: 4,
    headLength: 64,
    feedForward: 1024,
    vocabulary: 1000,
    weights: 'Q8_0',
    head: null,
  },
  {
    ...common,
    architecture: 'mistral3',
    layers: 2,
    embedding: 512,
    heads: 8,
    kvHeads: 2,
    headLength: 128,
    feedForward: 1024,
    vocabulary: 6000,
    weights: 'Q4_0',
    temperatureScale: 0.1,
  },
];

export const plannedSettings: MeasuredSettings[] = [];
for (const context of [2048, 8192]) {
  for (const kvType of ['f16', 'q8_0', 'q4_0'] as const) {
    for (const batch of [128, 512]) plannedSettings.push({ context, kvType, batch, flashAttention: true });
  }
}
plannedSettings.push({ context: 4096, kvType: 'f16', batch: 256, flashAttention: false });

/** What was planned and what llama.cpp logged, for one device of one combination. Bytes. */
export interface PlanRow {
  combination: string;
  device: string;
  planned: number;
  logged: number;
  /** Share of what was logged. */
  error: number;
}

const onDevice = (line: BufferLine) => /^Vulkan\d/.test(line.buffer);
const total = (lines: readonly BufferLine[]) => lines.reduce((sum, line) => sum + line.bytes, 0);

/** Loads a model with each setting and lays the plan beside the load log. */
export async function planErrors(
  measured: MeasuredLlama,
  folder: string,
  shape: ModelShape,
  gpuLayers: number,
  devices: Device[],
  chosen: readonly MeasuredSettings[],
): Promise<PlanRow[]> {
  const path = join(folder, `${shape.architecture}.gguf`);
  writeModel(path, shape);
  const read = await readFileHeader(path);
  if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
  const machine = { cpu: { model: '', physicalCores: 1, features: await cpuFeatures() }, devices };
  const loads = await measureLoads(measured, path, gpuLayers, chosen);
  return loads.flatMap((lines, i) => {
    const setting = chosen[i]!;
    const plan = planMemory(read.header, machine, { ...setting, gpuLayers });
    if (!plan.verified) throw new Error(`${shape.architecture} is marked unverified`);
    const { context, kvType, batch, flashAttention } = setting;
    const combination = `${shape.architecture} ${context} ${kvType} ${batch}${flashAttention ? '' : ' no flash'} ${gpuLayers}`;
    return plan.devices.map(({ device, total: planned }, number) => {
      const logged = total(lines.filter((line) => onDevice(line) === number > 0));
      const error = logged === 0 ? 0 : Math.abs(planned - logged) / logged;
      return { combination, device, planned, logged, error };
    });
  });
}

/** The software device of Mesa, as the plan sees it; llama.cpp passes it over unless it is named. */
export const softwareDevice: Device = { kind: 'vulkan', name: 'Vulkan0', total: 0, free: 0, unified: true };
export const showSoftwareDevice = () => {
  process.env.GGML_VK_VISIBLE_DEVICES ??= '0';
};
