import assert from 'node:assert/strict';
import { featuresOf } from '../../sidecar/hardware/cpuFeatures.ts';
import type { Machine } from '../../sidecar/hardware/machine.ts';
import { type ByteSource, memorySource } from '../../sidecar/models/gguf/byteSource.ts';
import { readGgufHeader } from '../../sidecar/models/gguf/header.ts';
import { type KvType, type PlannedModel, type PlanSettings, planMemory } from '../../sidecar/models/plan/memoryPlan.ts';
import { placeWeights } from '../../sidecar/models/plan/weights.ts';
import { card8, card24, desktop64, devstralLarge, devstralSmall, mac64 } from './pretendedMachines.ts';
import { type ModelShape, modelHeader } from './writeGguf.ts';

const settings = (over: Partial<PlanSettings> = {}): PlanSettings => ({
  context: 32_768,
  kvType: 'f16',
  batch: 512,
  gpuLayers: 0,
  flashAttention: true,
  ...over,
});

const shape: ModelShape = {
  architecture: 'llama',
  layers: 12,
  embedding: 256,
  heads: 8,
  kvHeads: 2,
  headLength: 64,
  feedForward: 768,
  vocabulary: 500,
  context: 8192,
  weights: 'Q4_K',
  head: 'Q6_K',
};

async function planned(over: Partial<ModelShape> = {}): Promise<PlannedModel> {
  const { head, size } = modelHeader({ ...shape, ...over });
  const source: ByteSource = { ...memorySource(head), size };
  const read = await readGgufHeader(source);
  assert.ok(read.kind === 'ok', JSON.stringify(read));
  return read.header;
}

describe('memory plan', () => {
  // The published sizes of the files, which hold the vocabulary too.
  it('knows the weights of Devstral', () => {
    for (const [model, size] of [
      [devstralSmall, 14_334_446_752],
      [devstralLarge, 74.9e9],
    ] as const) {
      const { devices } = planMemory(model, { ...mac64, devices: [] }, settings());
      const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
      assert.ok(Math.abs(bytes / size - 1) < 0.001, String(bytes));
      assert.ok(devices[0]!.weights > bytes, 'repacking costs more than the file');
      assert.ok(devices[0]!.weights - devices[0]!.droppable < bytes * 1.001);
    }
  });

  it('counts the cache as published, per token', () => {
    const perToken = (model: PlannedModel, kvType: KvType) => {
      const { devices } = planMemory(model, desktop64, settings({ kvType, context: 1024 }));
      return devices[0]!.kv / 1024;
    };
    const kvTypes = ['f16', 'q8_0', 'q4_0'] as const;
    assert.deepEqual(
      kvTypes.map((kvType) => perToken(devstralSmall, kvType)),
      [163_840, 87_040, 46_080],
    );
    assert.deepEqual(
      kvTypes.map((kvType) => perToken(devstralLarge, kvType)),
      [360_448, 191_488, 101_376],
    );
  });

  // Logged by llama.cpp for a file of this shape with the weights left out (node-llama-cpp 3.21.1, noAlloc).
  it('gives the compute buffer of Devstral Small as llama.cpp does', () => {
    const cases: [PlanSettings, mib: number][] = [
      [settings(), 276],
      [settings({ kvType: 'q8_0' }), 276],
      [settings({ context: 131_072, batch: 256, kvType: 'q4_0' }), 183.09],
      [settings({ context: 8192, flashAttention: false }), 578.01],
    ];
    for (const [setting, mib] of cases) {
      const { devices } = planMemory(devstralSmall, desktop64, setting);
      assert.ok(Math.abs(devices[0]!.compute / 2 ** 20 - mib) < 0.1, `${devices[0]!.compute / 2 ** 20} ${mib}`);
    }
  });

  it('needs no more compute memory for more layers of the same kind', async () => {
    for (const gpuLayers of [0, 99]) {
      const machine = gpuLayers > 0 ? card24 : desktop64;
      const bytes = async (layers: number) =>
        planMemory(await planned({ layers }), machine, settings({ gpuLayers, context: 4096 })).devices.map(
          ({ compute }) => compute,
        );
      assert.deepEqual(await bytes(5), await bytes(6));
      assert.deepEqual(await bytes(6), await bytes(30));
    }
  });

  it('rounds the context up as the engine does', async () => {
    const model = await planned();
    const at = (context: number) => planMemory(model, desktop64, settings({ context })).devices[0]!.total;
    assert.equal(at(2000), at(2048));
    assert.ok(at(2049) > at(2048));
  });

  it('splits layers, the output first', async () => {
    const model = await planned();
    const kv = (gpuLayers: number) =>
      planMemory(model, card8, settings({ gpuLayers, context: 1024 })).devices.map((device) => device.kv / 1024);
    const layer = 2 * 2 * 64 * 2;
    assert.deepEqual(kv(1), [12 * layer, 0]);
    assert.deepEqual(kv(4), [9 * layer, 3 * layer]);
    assert.deepEqual(kv(13), [0, 12 * layer]);
  });

  it('comes to an end for heads of no length', async () => {
    const model = { ...(await planned()), keyLength: 0, valueLength: 0 };
    const { devices } = planMemory(model, desktop64, settings({ kvType: 'q8_0' }));
    assert.equal(devices[0]!.kv, 0);
    assert.ok(Number.isFinite(devices[0]!.compute));
  });

  it('is verified only where it was measured', async () => {
    const verified = (model: PlannedModel, machine: Machine) =>
      planMemory(model, machine, settings({ gpuLayers: 99, context: 1024 })).verified;
    const model = await planned();
    assert.equal(verified(model, desktop64), true);
    assert.equal(verified(model, card24), false, 'CUDA');
    assert.equal(verified(model, mac64), false, 'Metal');
    assert.equal(verified({ ...model, architecture: 'gemma3' }, desktop64), false);
  });

  it('repacks by processor and type', () => {
    const tensor = (name: string, type: string, rows: number) => ({
      name,
      dims: [256, rows],
      type,
      bytes: rows * 144,
      offset: 0,
    });
    const repacked = (type: string, rows: number, flags: string, name = 'blk.0.attn_q.weight') =>
      // A head of its own: else the embedding would be it, and be repacked.
      placeWeights([tensor(name, type, rows), { ...tensor('output.weight', 'F32', 1), dims: [256, 1] }], {
        layers: 1,
        gpuLayers: 0,
        features: featuresOf(flags),
        hasGpu: false,
      }).repacked > 0;
    assert.equal(repacked('Q4_K', 64, 'avx avx2'), true);
    assert.equal(repacked('Q4_K', 60, 'avx avx2'), false, 'rows in groups of 8');
    assert.equal(repacked('Q4_K', 64, 'avx'), false);
    assert.equal(repacked('Q6_K', 64, 'avx2 avx512f'), false);
    assert.equal(repacked('Q6_K', 64, 'avx2 avx512f amx_int8'), true);
    assert.equal(repacked('Q8_0', 64, 'asimd asimddp'), true);
    assert.equal(repacked('Q8_0', 64, 'avx2'), false);
    assert.equal(repacked('Q4_K', 64, 'avx2', 'token_embd.weight'), false, 'rows are looked up, not multiplied');
  });
});
