import * as vscode from 'vscode';
import type { ServerEntry, SidecarSettings } from '../sidecar/protocol/models.ts';
import { agentSettings } from './agent/agentSettings.ts';
import { readServers } from './models/readServers.ts';
import { ownValue } from './ownValue.ts';

/** Settings as the person wrote them; machine scope where they name an address, a file or a program. */
const devstral = () => vscode.workspace.getConfiguration('devstral');

const serversOf = (settings: vscode.WorkspaceConfiguration): ServerEntry[] =>
  readServers(ownValue<unknown>(settings, 'servers', []));

/** The servers that the person has set up. */
export const configuredServers = (): ServerEntry[] => serversOf(devstral());

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

/** Name of the model in use and, where it is a server, that it is one. Cheap: activation asks for it. */
export function chosenModel(): { model: string; isServer: boolean } {
  const own = devstral();
  const model = ownValue(own, 'model', 'auto');
  return { model, isServer: model !== 'auto' && serversOf(own).some(({ name }) => name === model) };
}

/** What the sidecar needs to know. */
export function sidecarSettings(): SidecarSettings {
  const own = devstral();
  const http = vscode.workspace.getConfiguration('http');
  return {
    model: ownValue(own, 'model', 'auto'),
    modelsFolder: ownValue(own, 'models.folder', ''),
    contextSize: ownValue(own, 'models.context', 0),
    kvCache: ownValue(own, 'models.kvCache', 'auto'),
    threads: ownValue(own, 'models.threads', 0),
    gpu: ownValue(own, 'models.gpu', 'auto'),
    offline: ownValue(own, 'offline', false),
    fixAttempts: ownValue(own, 'fix.attempts', 4),
    idleUnloadMinutes: ownValue(own, 'models.idleUnloadMinutes', 15),
    servers: serversOf(own),
    fallback: textsIn(ownValue<unknown>(own, 'fallback', [])),
    proxy: {
      url: http.inspect<string>('proxy')?.globalValue ?? '',
      noProxy: http.inspect<string[]>('noProxy')?.globalValue ?? [],
      strictTls: http.inspect<boolean>('proxyStrictSSL')?.globalValue ?? true,
    },
    agent: agentSettings(),
  };
}

/** Program that runs the sidecar instead of the editor's own runtime; empty: the editor's own. */
export const sidecarRuntime = (): string => ownValue(devstral(), 'sidecar.runtime', '');

export const openReviewWhenFinished = (): boolean => devstral().get('review.openWhenFinished', true);

/** Whether the starter answers while another model is fetched. */
export const answersMeanwhile = (): boolean => ownValue(devstral(), 'models.starter', true);

/** Addresses and programs that the workspace names; nothing of it is used. */
export function workspaceProposals(): string[] {
  // Servers are offered one by one: models/proposedServer.ts.
  const agent = ['mode', 'rules', 'sandbox', 'sandboxImage', 'sandboxNetwork', 'fetchUrl', 'mcpServers'];
  const names = ['model', 'fallback', 'models.folder', 'sidecar.runtime', ...agent.map((name) => `agent.${name}`)];
  const settings = devstral();
  return names.filter((name) => {
    const found = settings.inspect(name);
    return found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
  });
}

/** The person's own servers. */
export const ownServers = (): ServerEntry[] => serversOf(devstral());

/** Chooses the model for all windows of the person. */
export async function setModel(id: string): Promise<void> {
  await devstral().update('model', id, vscode.ConfigurationTarget.Global);
}

/** The context and its precision, as chosen from the memory plan. */
export async function setModelSize({
  context,
  kvCache,
}: {
  context: number;
  kvCache: SidecarSettings['kvCache'];
}): Promise<void> {
  await devstral().update('models.context', context, vscode.ConfigurationTarget.Global);
  await devstral().update('models.kvCache', kvCache, vscode.ConfigurationTarget.Global);
}

export async function addServer(server: ServerEntry): Promise<void> {
  const settings = devstral();
  const others = ownValue<unknown[]>(settings, 'servers', []).filter(
    (entry) => readServers([entry])[0]?.name !== server.name,
  );
  await settings.update('servers', [...others, server], vscode.ConfigurationTarget.Global);
}

/** Which files are saved after an Accept; `wasSaved`: those that had no unsaved text. */
export const saveAfterAccept = (): 'wasSaved' | 'always' | 'never' =>
  devstral().get('review.saveAfterAccept', 'wasSaved');
