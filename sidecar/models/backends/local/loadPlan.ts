import { totalmem } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { cpuFeatures } from '../../../hardware/cpuFeatures.ts';
import type { Device, Machine } from '../../../hardware/machine.ts';
import { freeMemory } from '../../../hardware/memory.ts';
import type { SidecarSettings } from '../../../protocol/models.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { GgufHeader } from '../../gguf/header.ts';
import { type PlanChoice, planChoices } from '../../plan/choices.ts';
import { sizeText } from '../../sizeText.ts';

export type LoadPlan =
  | { kind: 'load'; choice: PlanChoice; machine: Machine }
  | { kind: 'failed'; problem: ProblemReport };

export interface LoadPlanOptions {
  name: string;
  /** Tokens that the person asks for; 0: what is usual for this machine. */
  contextSize: number;
  /** Precision of keys and values; by default the finest that leaves a usual context. */
  kvCache?: SidecarSettings['kvCache'];
  header: GgufHeader;
  llama: Llama;
}

/** A fix needs no more, and reading more than this takes minutes on a processor. */
const usualOnProcessor = [2048, 4096, 8192];
const usualOnGpu = [4096, 8192, 12_288, 16_384, 24_576, 32_768];
export const batchSize = 512;

/** How to load a model so that it fits into the memory that is free now; a problem where there is no way. */
export async function planLoad({
  name,
  contextSize,
  kvCache = 'auto',
  header,
  llama,
}: LoadPlanOptions): Promise<LoadPlan> {
  const machine = await machineOf(llama);
  const trained = header.trainedContext;
  const usual = machine.devices.length > 0 ? usualOnGpu : usualOnProcessor;
  const wanted = contextSize > 0 ? [contextSize] : usual;
  const contexts = trained > 0 ? [...new Set(wanted.map((size) => Math.min(size, trained)))] : wanted;
  const outcome = planChoices(header, machine, {
    trainedContext: trained,
    contexts,
    batch: batchSize,
    ...(kvCache === 'auto' ? {} : { kvTypes: [kvCache] }),
  });
  switch (outcome.kind) {
    case 'fits': {
      const [choice] = outcome.choices;
      if (choice) return { kind: 'load', choice, machine };
      return failed(name, 0, machine.ram.free);
    }
    case 'takenByOthers': {
      const { need, free, device, name: called } = outcome.taken;
      const where = device === 'ram' ? t('memory') : t('memory of {name}', { name: called });
      const report = problem('memoryTaken', { model: name, need: sizeText(need), free: sizeText(free), where });
      return { kind: 'failed', problem: report };
    }
    case 'tooLarge':
      return failed(name, outcome.need, outcome.have);
  }
}

function failed(model: string, need: number, free: number): LoadPlan {
  return { kind: 'failed', problem: problem('notEnoughMemory', { model, need: sizeText(need), free: sizeText(free) }) };
}

/** The machine as the engine that runs sees it. */
async function machineOf(llama: Llama): Promise<Machine> {
  const ram = { total: totalmem(), free: await freeMemory() };
  const cpu = { model: '', physicalCores: llama.cpuMathCores, features: await cpuFeatures() };
  if (llama.gpu === false) return { cpu, ram, devices: [] };
  const { total, free, unifiedSize } = await llama.getVramState();
  const names = await llama.getGpuDeviceNames();
  const device: Device = { kind: llama.gpu, name: names.join(' + '), total, free, unified: unifiedSize > 0 };
  return { cpu, ram, devices: [device] };
}
