import * as vscode from 'vscode';
import type { ModelEntry, SidecarSettings } from '../../sidecar/protocol/models.ts';
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
  const settings = { location: vscode.ProgressLocation.Window, title: `Devstral: Looking at ${label}` };
  const { choices, note, problem } = await vscode.window.withProgress(settings, () =>
    sidecar.request('modelChoices', { id }),
  );
  if (problem) {
    await showProblem(problem);
    return undefined;
  }
  if (choices.length < 2) {
    const only = choices[0] ? `One size fits here: ${choices[0].text}.` : note;
    await vscode.window.showInformationMessage([only, choices[0] ? note : ''].filter(Boolean).join(' '));
    return undefined;
  }
  const items = choices.map(({ text, context, kvCache }, i) => ({
    label: text,
    ...(i === 0 ? { description: 'recommended' } : {}),
    size: { context, kvCache },
  }));
  const fits = {
    label: 'What Fits',
    description: 'chosen at each load',
    size: { context: 0, kvCache: 'auto' as const },
  };
  const taken = await vscode.window.showQuickPick([...items, fits], {
    title: `Size of ${label}`,
    placeHolder: note || 'More context takes more memory',
  });
  return taken?.size;
}
