import type { Machine } from '../../hardware/machine.ts';
import type { PlanChoice } from './choices.ts';
import { contextStep, type PlannedModel, planMemory } from './memoryPlan.ts';

const leastContext = 4096;

/**
 * What to try once after a load that failed for memory although the plan said that it fits: half the context, then a quarter
 * of the layers less on the GPU. Null if there is nothing left to give up.
 */
export function stepDown(model: PlannedModel, machine: Machine, failed: PlanChoice, batch: number): PlanChoice | null {
  const context = Math.max(leastContext, Math.floor(failed.context / 2 / contextStep) * contextStep);
  if (context < failed.context) return changed(model, machine, { ...failed, context }, batch);
  const gpuLayers = Math.floor((failed.gpuLayers * 3) / 4);
  if (gpuLayers === failed.gpuLayers) return null;
  return changed(model, machine, { ...failed, gpuLayers, placement: gpuLayers === 0 ? 'cpu' : 'split' }, batch);
}

function changed(model: PlannedModel, machine: Machine, choice: PlanChoice, batch: number): PlanChoice {
  const { context, kvType, gpuLayers } = choice;
  return { ...choice, plan: planMemory(model, machine, { context, kvType, gpuLayers, batch, flashAttention: true }) };
}
