import * as vscode from 'vscode';
import type { ModelEntry, SidecarSettings } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';

/** A way to run a model, as the settings keep it: context in tokens (0: what fits) and its precision. */
export interface ModelSize {
  context: number;
  kvCache: SidecarSettings['kvCache'];
}

/** Offers what the memory plan found for a model. Undefined if the person left, or if there is nothing to choose. */
export async function chooseSize(
  sidecar: SidecarClient,
  { id, label }: Pick<ModelEntry, 'id' | 'label'>,
): Promise<ModelSize | undefined> {
  const settings = {
    location: vscode.ProgressLocation.Window,
    title: t('Devstral: Looking at {model}', { model: label }),
  };
  const { choices, note, problem } = await vscode.window.withProgress(settings, () =>
    sidecar.request('modelChoices', { id }),
  );
  if (problem) {
    await showProblem(problem);
    return undefined;
  }
  if (choices.length < 2) {
    const only = choices[0] ? t('One size fits here: {size}.', { size: choices[0].text }) : note;
    await vscode.window.showInformationMessage([only, choices[0] ? note : ''].filter(Boolean).join(' '));
    return undefined;
  }
  const items = choices.map(({ text, context, kvCache }, i) => ({
    label: text,
    ...(i === 0 ? { description: t('recommended') } : {}),
    size: { context, kvCache },
  }));
  const fits = {
    label: t('What Fits'),
    description: t('chosen at each load'),
    size: { context: 0, kvCache: 'auto' as const },
  };
  const taken = await vscode.window.showQuickPick([...items, fits], {
    title: t('Size of {model}', { model: label }),
    placeHolder: note || t('More context takes more memory'),
  });
  return taken?.size;
}
