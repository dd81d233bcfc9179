import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuFeatures } from '../../sidecar/hardware/cpuFeatures.ts';
import type { Device, Machine } from '../../sidecar/hardware/machine.ts';
import { readFileHeader } from '../../sidecar/models/ggufFile.ts';
import { planMemory } from '../../sidecar/models/plan/memoryPlan.ts';
import { type ModelShape, writeModel } from '../unit/writeGguf.ts';
import {
  type BufferLine,
  type MeasuredLlama,
  type MeasuredSettings,
  measureLoads,
  startMeasuredLlama,
} from './measureBuffers.ts';

/** Small models of each architecture, with what differs: grouped heads, biases, a tied head, mixtures of types. */
const common = { context: 32_768, weights: 'Q4_K', head: 'Q6_K' } as const;
const shapes: ModelShape[] = [
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

const settings: MeasuredSettings[] = [];
for (const context of [2048, 8192]) {
  for (const kvType of ['f16', 'q8_0', 'q4_0'] as const) {
    for (const batch of [128, 512]) settings.push({ context, kvType, batch, flashAttention: true });
  }
}
settings.push({ context: 4096, kvType: 'f16', batch: 256, flashAttention: false });

/** The promise of the plan, per device. */
const tolerance = 0.03;
const onDevice = (line: BufferLine) => /^Vulkan\d/.test(line.buffer);
const total = (lines: readonly BufferLine[]) => lines.reduce((sum, line) => sum + line.bytes, 0);
const device: Device = { kind: 'vulkan', name: 'Vulkan0', total: 0, free: 0, unified: true };

describe('memory plan against the load log of llama.cpp', function () {
  this.timeout(60_000);
  let folder = '';
  let worst = 0;
  let combinations = 0;
  const table: string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-plan-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    if (process.env.DEVSTRAL_PLAN_TABLE) console.log(table.join('\n'));
    console.log(`        ${combinations} combinations, largest error ${(worst * 100).toFixed(2)}%`);
  });

  async function compare(
    measured: MeasuredLlama,
    shape: ModelShape,
    gpuLayers: number,
    devices: Device[],
    chosen: readonly MeasuredSettings[],
  ): Promise<void> {
    const path = join(folder, `${shape.architecture}.gguf`);
    writeModel(path, shape);
    const read = await readFileHeader(path);
    assert.ok(read.kind === 'ok', JSON.stringify(read));
    const machine: Pick<Machine, 'cpu' | 'devices'> = {
      cpu: { model: '', physicalCores: 1, features: await cpuFeatures() },
      devices,
    };
    const all = await measureLoads(measured, path, gpuLayers, chosen);
    for (const [i, lines] of all.entries()) {
      const setting = chosen[i]!;
      const plan = planMemory(read.header, machine, { ...setting, gpuLayers });
      assert.equal(plan.verified, true);
      for (const [number, planned] of plan.devices.entries()) {
        const logged = total(lines.filter((line) => onDevice(line) === number > 0));
        const error = logged === 0 ? 0 : Math.abs(planned.total - logged) / logged;
        worst = Math.max(worst, error);
        combinations++;
        const { context, kvType, batch, flashAttention } = setting;
        const name = `${shape.architecture} ${context} ${kvType} ${batch}${flashAttention ? '' : ' no flash'} ${gpuLayers}`;
        const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
        table.push(
          `| ${name} | ${planned.device} | ${mib(planned.total)} | ${mib(logged)} | ${(error * 100).toFixed(2)}% |`,
        );
        assert.ok(error <= tolerance, `${table.at(-1)} ${JSON.stringify({ planned, lines })}`);
      }
    }
  }

  describe('on the processor', () => {
    let measured: MeasuredLlama;
    before(async () => {
      measured = await startMeasuredLlama(false);
    });
    after(() => measured.llama.dispose());
    for (const shape of shapes) {
      it(`${shape.architecture}, ${settings.length} settings`, () => compare(measured, shape, 0, [], settings));
    }
  });

  describe('on Vulkan', () => {
    let measured: MeasuredLlama | null = null;
    before(async function () {
      // Without it the software device of Mesa is passed over.
      process.env.GGML_VK_VISIBLE_DEVICES ??= '0';
      measured = await startMeasuredLlama('vulkan').catch(() => null);
      const names = (await measured?.llama.getGpuDeviceNames()) ?? [];
      if (names.length === 0) this.skip();
    });
    after(() => measured?.llama.dispose());
    for (const shape of shapes) {
      for (const gpuLayers of [0, 2, shape.layers + 1]) {
        const chosen = settings.filter((_, i) => i % 3 === gpuLayers % 3 || i === settings.length - 1);
        it(`${shape.architecture}, ${gpuLayers} layers on the device, ${chosen.length} settings`, () =>
          compare(measured!, shape, gpuLayers, [device], chosen));
      }
    }
  });
});
