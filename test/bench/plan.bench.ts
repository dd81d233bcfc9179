import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeasuredLlama } from '../models/measureBuffers.ts';
import {
  type PlanRow,
  planErrors,
  plannedSettings,
  plannedShapes,
  showSoftwareDevice,
  softwareDevice,
} from '../models/planErrors.ts';

/** The memory plan beside llama.cpp's load log, a row for each device of each combination; on Vulkan where there is one. */
export async function runPlanBench(): Promise<PlanRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-plan-'));
  const rows: PlanRow[] = [];
  try {
    for (const gpu of [false, 'vulkan'] as const) {
      showSoftwareDevice();
      const measured = await startMeasuredLlama(gpu).catch(() => null);
      if (!measured || (gpu && (await measured.llama.getGpuDeviceNames()).length === 0)) continue;
      for (const shape of plannedShapes) {
        for (const layers of gpu ? [0, 2, shape.layers + 1] : [0]) {
          const devices = gpu ? [softwareDevice] : [];
          rows.push(...(await planErrors(measured, folder, shape, layers, devices, plannedSettings)));
        }
      }
      await measured.llama.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const mib = (bytes: number) => Number((bytes / 2 ** 20).toFixed(2));
  const table = rows.map(({ combination, device, planned, logged, error }) => ({
    combination,
    device,
    'planned MiB': mib(planned),
    'logged MiB': mib(logged),
    'error %': Number((error * 100).toFixed(2)),
  }));
  console.table(table);
  console.log(`${rows.length} rows, largest error ${(Math.max(...rows.map(({ error }) => error)) * 100).toFixed(2)} %`);
  return rows;
}
