import * as vscode from 'vscode';
import { contextSize as contextText } from '../../sidecar/protocol/numbers.ts';
import type { FoundServer } from '../../sidecar/protocol/servers.ts';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { withProgressNotification } from './progressNotification.ts';

const look = {
  label: `$(search) ${t('Look for Servers on This Computer')}`,
  description: t('Asks the ports that they usually use'),
};
const type = { label: `$(edit) ${t('Type an Address...')}`, description: t('Any OpenAI-compatible server') };

/** How a person wants to name a server: a found one, an address to be typed, or nothing. */
export async function chooseServer(sidecar: SidecarClient): Promise<FoundServer | 'typed' | undefined> {
  const taken = await vscode.window.showQuickPick([look, type], { title: t('Add Server') });
  if (taken !== look) return taken && 'typed';
  const servers = await withProgressNotification('Devstral', async (report, token) => {
    const found = await sidecar.requestWithProgress('serverFind', {}, report, token);
    return token.isCancellationRequested ? null : found.servers;
  });
  if (servers === null) return undefined;
  const items = servers.map((server) => ({ ...itemOf(server), server }));
  const title = servers.length === 0 ? t('Add Server: no server answers on the usual ports') : t('Add Server');
  const chosen = await vscode.window.showQuickPick([...items, { ...type, server: undefined }], { title });
  return chosen && (chosen.server ?? 'typed');
}

/** Which of a server's models is meant; empty: its only one. Undefined if the person left. */
export async function chooseModel({ models, model }: FoundServer): Promise<string | undefined> {
  if (models.length < 2) return '';
  const others = models.filter((id) => id !== model);
  const items = (models.includes(model) ? [model, ...others] : others).map((label) => ({ label }));
  return (await vscode.window.showQuickPick(items, { title: t('Add Server: model') }))?.label;
}

function itemOf({ name, url, model, models, contextSize, needsKey }: FoundServer): vscode.QuickPickItem {
  const language = vscode.env.language;
  const context =
    contextSize === null ? t('context not said') : t('{size} context', { size: contextText(contextSize, language) });
  const used = model || t('the model it was started with');
  const others = models.length - 1;
  const served = others > 0 ? t('{model} and {others} more', { model: used, others }) : used;
  return {
    label: `$(server-process) ${name}`,
    description: new URL(url).host,
    detail: needsKey ? t('Wants a key') : listed([served, context]),
  };
}
