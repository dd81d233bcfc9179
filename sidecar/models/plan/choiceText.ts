import type { Machine } from '../../hardware/machine.ts';
import { contextSize } from '../../protocol/numbers.ts';
import { needs, type PlanChoice, type PlanOutcome, type Shortage } from './choices.ts';
import type { KvType } from './memoryPlan.ts';

/** Texts for what `planChoices` found, in the language that VS Code is shown in. Pure. */

/** Memory is spoken of in powers of two: a card of 24 GB has 24 GiB. One decimal, without a zero. */
export function memoryText(bytes: number, language: string): string {
  return `${gigabytes(bytes, language)} GB`;
}

const gigabytes = (bytes: number, language: string) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 2 ** 30);

const cacheNames: Record<KvType, string> = { f16: '', q8_0: ' (8-bit cache)', q4_0: ' (4-bit cache)' };

/** "Q4_K_M, 32k context, all on GPU, 21.3 of 24 GB". `model` names the file for people. */
export function choiceText(
  model: string,
  choice: PlanChoice,
  layers: number,
  machine: Machine,
  language: string,
): string {
  const context = `${contextSize(choice.context, language)} context${cacheNames[choice.kvType]}`;
  return [model, context, placeText(choice, layers), memoryUse(choice, machine, language)]
    .filter((part) => part !== '')
    .join(', ');
}

function placeText({ placement, gpuLayers }: PlanChoice, layers: number): string {
  if (placement === 'gpu') return 'all on GPU';
  if (placement === 'cpu') return 'on the processor';
  // The output counts as a layer to the engine, not to people.
  return `${gpuLayers - 1} of ${layers} layers on GPU`;
}

function memoryUse({ placement, plan }: PlanChoice, machine: Machine, language: string): string {
  const { gpu, ram } = needs(plan);
  const of = (used: number, total: number) => `${gigabytes(used, language)} of ${memoryText(total, language)}`;
  const device = machine.devices[0];
  if (!device || placement === 'cpu') return `${of(ram, machine.ram.total)} RAM`;
  if (device.unified) return of(gpu + ram, machine.ram.total);
  if (placement === 'gpu') return of(gpu, device.total);
  return `${of(gpu, device.total)} and ${of(ram, machine.ram.total)} RAM`;
}

/** Why a model cannot run now, or not as well as it could; empty if there is nothing to say. */
export function outcomeText(outcome: PlanOutcome, language: string): string {
  switch (outcome.kind) {
    case 'fits':
      return outcome.taken ? `${takenText(outcome.taken, language)} Without them it would run on the GPU.` : '';
    case 'takenByOthers':
      return takenText(outcome.taken, language);
    case 'tooLarge': {
      const [need, have] = [memoryText(outcome.need, language), memoryText(outcome.have, language)];
      return `Too large for this machine: it needs ${need} of memory, and at most ${have} can be free.`;
    }
  }
}

function takenText({ device, name, need, free }: Shortage, language: string): string {
  const where = device === 'ram' ? 'memory' : `memory on ${name}`;
  return `Other programs use the ${where}: ${memoryText(need, language)} are needed, ${memoryText(free, language)} are free.`;
}

/** What was changed after a load that failed for memory. */
export function stepDownText(before: PlanChoice, after: PlanChoice, language: string): string {
  const size = ({ context, kvType }: PlanChoice) => `${contextSize(context, language)} context${cacheNames[kvType]}`;
  if (before.context !== after.context) return `There was no memory for ${size(before)}; it runs with ${size(after)}.`;
  return `There was no memory for ${before.gpuLayers - 1} layers on the GPU; it runs with ${Math.max(0, after.gpuLayers - 1)}.`;
}
