import { backendNames } from '../../hardware/hardwareText.ts';
import type { Device, Machine } from '../../hardware/machine.ts';
import { contextSize } from '../../protocol/numbers.ts';
import { listed, t } from '../../protocol/translate.ts';
import { needs, type PlanChoice, type PlanOutcome, type Shortage } from './choices.ts';
import { type KvType, verifiedBackends } from './memoryPlan.ts';

/** Texts for what `planChoices` found, in the language that VS Code is shown in. Pure. */

/** Memory is spoken of in powers of two: a card of 24 GB has 24 GiB. One decimal, without a zero. */
export function memoryText(bytes: number, language: string): string {
  return t('{size} GB', { size: gigabytes(bytes, language) });
}

const gigabytes = (bytes: number, language: string) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 2 ** 30);

const contextTexts: Record<KvType, (size: string) => string> = {
  f16: (size) => t('{size} context', { size }),
  q8_0: (size) => t('{size} context (8-bit cache)', { size }),
  q4_0: (size) => t('{size} context (4-bit cache)', { size }),
};

const contextText = ({ context, kvType }: PlanChoice, language: string): string =>
  contextTexts[kvType](contextSize(context, language));

/** "Q4_K_M, 32k context, all on GPU, 21.3 of 24 GB". `model` names the file for people. */
export function choiceText(
  model: string,
  choice: PlanChoice,
  layers: number,
  machine: Machine,
  language: string,
): string {
  const context = contextText(choice, language);
  const unchecked = uncheckedChoice(choice, machine.devices[0]);
  return listed([model, context, placeText(choice, layers), memoryUse(choice, machine, language), unchecked]);
}

/** The same of a choice: where the processor does all of it, a GPU's plan does not matter. */
export function uncheckedChoice({ placement }: Pick<PlanChoice, 'placement'>, device: Device | undefined): string {
  return placement === 'cpu' ? '' : uncheckedText(device);
}

/** That plans for a GPU were never compared with what a load takes there; empty where they were. */
export function uncheckedText(device: Pick<Device, 'kind'> | undefined): string {
  if (!device || verifiedBackends.has(device.kind)) return '';
  return t('estimate, never measured on {backend}', { backend: backendNames[device.kind] });
}

function placeText({ placement, gpuLayers }: PlanChoice, layers: number): string {
  if (placement === 'gpu') return t('all on GPU');
  if (placement === 'cpu') return t('on the processor');
  // The output counts as a layer to the engine, not to people.
  return t('{some} of {layers} layers on GPU', { some: gpuLayers - 1, layers });
}

function memoryUse({ placement, plan }: PlanChoice, machine: Machine, language: string): string {
  const { gpu, ram } = needs(plan);
  const of = (used: number, total: number) =>
    t('{used} of {total} GB', { used: gigabytes(used, language), total: gigabytes(total, language) });
  const device = machine.devices[0];
  if (!device || placement === 'cpu') return t('{size} RAM', { size: of(ram, machine.ram.total) });
  if (device.unified) return of(gpu + ram, machine.ram.total);
  if (placement === 'gpu') return of(gpu, device.total);
  return t('{memory} and {ram} RAM', { memory: of(gpu, device.total), ram: of(ram, machine.ram.total) });
}

/** Why a model cannot run now, or not as well as it could; empty if there is nothing to say. */
export function outcomeText(outcome: PlanOutcome, language: string): string {
  switch (outcome.kind) {
    case 'fits':
      return outcome.taken ? `${takenText(outcome.taken, language)} ${t('Without them it would run on the GPU.')}` : '';
    case 'takenByOthers':
      return takenText(outcome.taken, language);
    case 'tooLarge': {
      const [need, have] = [memoryText(outcome.need, language), memoryText(outcome.have, language)];
      return t('Too large for this machine: it needs {need} of memory, and at most {have} can be free.', {
        need,
        have,
      });
    }
  }
}

function takenText({ device, name, need, free }: Shortage, language: string): string {
  const values = { need: memoryText(need, language), free: memoryText(free, language) };
  return device === 'ram'
    ? t('Other programs use the memory: {need} are needed, {free} are free.', values)
    : t('Other programs use the memory on {name}: {need} are needed, {free} are free.', { name, ...values });
}

/** What was changed after a load that failed for memory. */
export function stepDownText(before: PlanChoice, after: PlanChoice, language: string): string {
  const size = (choice: PlanChoice) => contextText(choice, language);
  if (before.context !== after.context)
    return t('There was no memory for {before}; it runs with {after}.', { before: size(before), after: size(after) });
  return t('There was no memory for {asked} layers on the GPU; it runs with {layers}.', {
    asked: before.gpuLayers - 1,
    layers: Math.max(0, after.gpuLayers - 1),
  });
}
