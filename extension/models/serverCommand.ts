import * as vscode from 'vscode';
import type { RequestParams } from '../../sidecar/protocol/messages.ts';
import { plural, t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';

type Wanted = RequestParams<'launchCommand'>;

interface Item<T> extends vscode.QuickPickItem {
  value: T;
}

const contexts = [16_384, 32_768, 65_536, 131_072, 262_144];

/**
 * "Generate Server Command": asks for server, model, GPUs, context and form, then opens the command with its plan in an
 * untitled document. Escape at any question leaves with nothing done.
 */
export async function generateServerCommand(sidecar: SidecarClient): Promise<void> {
  const server = await ask<Wanted['server']>(1, t('server'), [
    { label: 'vLLM', value: 'vllm' },
    { label: 'SGLang', value: 'sglang' },
  ]);
  if (!server) return;
  const choices = await sidecar.request('launchChoices', {});
  const model = await askOrType(2, t('model'), t('Other Model of the Hub...'), 'org/repo', [
    ...choices.models.map(({ id, title, description }) => ({ label: title, description, value: id })),
  ]);
  if (!model) return;
  const gpus = await askOrType(
    3,
    t('GPUs'),
    t('Other GPUs...'),
    t('4xH100, 2x24GB, 8x192GB-amd or 2*8xH100 for two nodes'),
    [...choices.gpus.map(({ text, description }) => ({ label: text, description, value: text }))],
  );
  if (!gpus) return;
  const trained = choices.models.find(({ id }) => id === model)?.context ?? Number.POSITIVE_INFINITY;
  const context = await ask(4, t('context'), [
    { label: t('As Much As Fits'), value: 0 },
    ...contexts
      .filter((tokens) => tokens <= trained)
      .map((tokens) => ({ label: plural(tokens, { one: '{count} token', other: '{count} tokens' }), value: tokens })),
  ]);
  if (context === undefined) return;
  const docker = await ask(5, t('form'), [
    { label: t('Command'), value: false },
    { label: t('Docker'), description: t('The same in an image of the server'), value: true },
  ]);
  if (docker === undefined) return;
  await open(sidecar, { server, model, gpus, kv: 'auto', docker, ...(context === 0 ? {} : { context }) });
}

/** Opens the command; where the model does not fit, offers what would, and opens that if it is taken. */
async function open(sidecar: SidecarClient, wanted: Wanted): Promise<void> {
  const location = vscode.ProgressLocation.Window;
  const result = await vscode.window.withProgress({ location, title: t('Devstral: Planning the server') }, () =>
    sidecar.request('launchCommand', wanted),
  );
  if (result.kind === 'command') {
    const document = await vscode.workspace.openTextDocument({ content: result.text, language: 'shellscript' });
    await vscode.window.showTextDocument(document, { preview: false });
    return;
  }
  if (result.kind === 'refused') {
    await vscode.window.showWarningMessage(result.reason);
    return;
  }
  const { reason, suggestions } = result;
  const named = suggestions.map(({ label, value }) => `${label}: ${value}`);
  const taken = await vscode.window.showWarningMessage(reason, ...named);
  const suggestion = suggestions[named.indexOf(taken ?? '')];
  if (!suggestion) return;
  const { option, value } = suggestion;
  await open(sidecar, { ...wanted, ...(option === 'context' ? { context: Number(value) } : { [option]: value }) });
}

const heading = (step: number, what: string) => t('Generate Server Command ({step} of 5): {what}', { step, what });

async function ask<T>(step: number, what: string, items: Item<T>[]): Promise<T | undefined> {
  const taken = await vscode.window.showQuickPick(items, { title: heading(step, what), matchOnDescription: true });
  return taken?.value;
}

/** One of a list, or typed by hand. */
async function askOrType(
  step: number,
  what: string,
  other: string,
  placeHolder: string,
  items: Item<string>[],
): Promise<string | undefined> {
  const taken = await ask(step, what, [...items, { label: other, value: '' }]);
  if (taken !== '') return taken;
  const typed = await vscode.window.showInputBox({ title: heading(step, what), placeHolder });
  return typed?.trim();
}
