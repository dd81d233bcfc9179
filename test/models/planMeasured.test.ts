import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../sidecar/hardware/machine.ts';
import type { ModelShape } from '../unit/writeGguf.ts';
import { type MeasuredLlama, type MeasuredSettings, startMeasuredLlama } from './measureBuffers.ts';
import { planErrors, plannedSettings, plannedShapes, showSoftwareDevice, softwareDevice } from './planErrors.ts';

/** The promise of the plan, per device. */
const tolerance = 0.03;

describe('memory plan against the load log of llama.cpp', function () {
  this.timeout(60_000);
  let folder = '';
  let worst = 0;
  let combinations = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-plan-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    console.log(`        ${combinations} combinations, largest error ${(worst * 100).toFixed(2)}%`);
  });

  async function compare(
    measured: MeasuredLlama,
    shape: ModelShape,
    gpuLayers: number,
    devices: Device[],
    chosen: readonly MeasuredSettings[],
  ): Promise<void> {
    for (const row of await planErrors(measured, folder, shape, gpuLayers, devices, chosen)) {
      worst = Math.max(worst, row.error);
      combinations++;
      assert.ok(row.error <= tolerance, JSON.stringify(row));
    }
  }

  describe('on the processor', () => {
    let measured: MeasuredLlama;
    before(async () => {
      measured = await startMeasuredLlama(false);
    });
    after(() => measured.llama.dispose());
    for (const shape of plannedShapes) {
      it(`${shape.architecture}, ${plannedSettings.length} settings`, () =>
        compare(measured, shape, 0, [], plannedSettings));
    }
  });

  describe('on Vulkan', () => {
    let measured: MeasuredLlama | null = null;
    before(async function () {
      showSoftwareDevice();
      measured = await startMeasuredLlama('vulkan').catch(() => null);
      const names = (await measured?.llama.getGpuDeviceNames()) ?? [];
      if (names.length === 0) this.skip();
    });
    after(() => measured?.llama.dispose());
    for (const shape of plannedShapes) {
      for (const gpuLayers of [0, 2, shape.layers + 1]) {
        const chosen = plannedSettings.filter((_, i) => i % 3 === gpuLayers % 3 || i === plannedSettings.length - 1);
        it(`${shape.architecture}, ${gpuLayers} layers on the device, ${chosen.length} settings`, () =>
          compare(measured!, shape, gpuLayers, [softwareDevice], chosen));
      }
    }
  });
});
