import { basename } from 'node:path';
import { freeMemory } from '../../../hardware/memory.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { GgufFacts } from '../../ggufFile.ts';
import { needs, type PlanChoice } from '../../plan/choices.ts';
import { sizeText } from '../../sizeText.ts';
import type { Engine } from './engine.ts';
import type { LocalModelOptions } from './loadedModel.ts';

export const isMemoryProblem = ({ code }: ProblemReport) => code === 'notEnoughMemory';

/** Why it was not loaded, for people, with the engine's own last lines. */
export async function loadProblem(
  error: unknown,
  engine: Engine,
  options: LocalModelOptions,
  facts: GgufFacts,
  { plan }: PlanChoice,
): Promise<ProblemReport> {
  const { InsufficientMemoryError } = await import('node-llama-cpp');
  // The engine's lines arrive a little after the error.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const message = error instanceof Error ? error.message : String(error);
  const details = [message, ...engine.lastLines().slice(-5)].join('\n');
  const file = basename(options.modelPath);
  if (error instanceof InsufficientMemoryError || /failed to allocate|out of memory/i.test(details)) {
    const { gpu, ram } = needs(plan);
    const need = gpu + ram;
    const free = await freeMemory();
    return problem('notEnoughMemory', { model: options.name, need: sizeText(need), free: sizeText(free) }, details);
  }
  return problem('modelFileUnknown', { file, arch: facts.architecture || t('no architecture') }, details);
}

/** How it was loaded with less than planned. */
export function stepDownNotice(before: PlanChoice, after: PlanChoice): ProblemReport {
  const [ctx, asked] = [after.context.toLocaleString('en'), before.context.toLocaleString('en')];
  if (after.context < before.context) return problem('steppedDown', { ctx, asked });
  return problem('fewerLayersOnGpu', { layers: Math.max(0, after.gpuLayers - 1), asked: before.gpuLayers - 1 });
}
