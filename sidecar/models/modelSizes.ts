import { knownMachine } from '../hardware/knownMachine.ts';
import type { SidecarSettings } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import { displayLanguage } from '../protocol/translate.ts';
import type { DataFolders } from '../workspace/dataFolders.ts';
import { planChoices } from './plan/choices.ts';
import { choiceText, outcomeText } from './plan/choiceText.ts';
import { headerOf } from './plan/headerOf.ts';
import type { KvType } from './plan/memoryPlan.ts';

export interface ModelSizes {
  /** The best first. */
  choices: { text: string; context: number; kvCache: KvType }[];
  note: string;
  problem?: ProblemReport;
}

/** The ways in which a model would run here, by its header alone: a few ranges of the hub's file if it is not here. */
export async function modelSizes(
  id: string,
  { offline, proxy }: SidecarSettings,
  { models: folder }: DataFolders,
  signal: AbortSignal,
): Promise<ModelSizes> {
  const [found, machine] = await Promise.all([
    headerOf(id, { cwd: process.cwd(), folder, offline, proxy, signal }),
    knownMachine(),
  ]);
  if (found.kind === 'failed') return { choices: [], note: '', problem: found.problem };
  if (found.kind === 'cancelled') return { choices: [], note: '' };
  const { header } = found;
  const outcome = planChoices(header, machine, { trainedContext: header.trainedContext });
  const quantisation = header.mixture ?? header.architecture;
  const choices = outcome.kind === 'fits' ? outcome.choices : [];
  return {
    choices: choices.map((choice) => ({
      text: choiceText(quantisation, choice, header.layers, machine, displayLanguage()),
      context: choice.context,
      kvCache: choice.kvType,
    })),
    note: outcomeText(outcome, displayLanguage()),
  };
}
