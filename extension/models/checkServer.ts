import * as vscode from 'vscode';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import { configuredServers } from '../config.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { withProgressNotification } from './progressNotification.ts';

const scheme = 'devstral-check';

interface Target {
  url: string;
  model?: string | undefined;
}

/** "Check Server...": asks which one, unless an error named it, and shows the checks as a read-only text. */
export function registerCheckServer(sidecar: SidecarClient): vscode.Disposable {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
  };

  async function check(address?: unknown): Promise<void> {
    const target = typeof address === 'string' ? targetOf(address) : await askTarget();
    if (!target) return;
    const { text } = await withProgressNotification(
      t('Devstral: Checking {address}', { address: shownAddress(target.url) }),
      (report, token) => sidecar.requestWithProgress('serverCheck', target, report, token),
    );
    if (text === '') return;
    await show(target, text);
  }

  async function show({ url, model }: Target, text: string): Promise<void> {
    const shown = shownAddress(url);
    const name = shown.replace(/^https?:\/\//, '').replace(/\/+$/, '');
    const title = t('Check of {server}', { server: name.replaceAll('/', ' ') });
    const uri = vscode.Uri.from({ scheme, path: `/${title}` });
    texts.set(
      uri.toString(),
      `${listed([shown, model === undefined ? '' : t('model {model}', { model })])}\n\n${text}\n`,
    );
    changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, provider),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void texts.delete(uri.toString())),
    vscode.commands.registerCommand('devstral.checkServer', check),
  );
}

/** Without a name and a password that stand in it. */
const shownAddress = (url: string) => url.replace(/\/\/[^/@]*@/, '//');

/** By the name of a configured server, or an address; a configured server there brings its model along. */
function targetOf(address: string): Target {
  const servers = configuredServers();
  const known =
    servers.find(({ name }) => name === address) ?? servers.find(({ url }) => originOf(url) === originOf(address));
  return known ? entryTarget(known) : { url: address };
}

const entryTarget = ({ url, model }: Target): Target => ({ url, ...(model === undefined ? {} : { model }) });

async function askTarget(): Promise<Target | undefined> {
  const servers = configuredServers();
  if (servers.length === 1 && servers[0]) return entryTarget(servers[0]);
  const typed = { label: `$(edit) ${t('Type an Address...')}`, url: '' };
  const items = [
    ...servers.map(({ name, url, model }) => ({
      label: `$(server-process) ${name}`,
      description: url,
      url,
      ...(model === undefined ? {} : { model }),
    })),
    typed,
  ];
  const taken = servers.length === 0 ? typed : await vscode.window.showQuickPick(items, { title: t('Check Server') });
  if (!taken) return undefined;
  if (taken !== typed) return entryTarget(taken);
  const url = await vscode.window.showInputBox({
    title: t('Check Server: address'),
    placeHolder: 'http://localhost:8000/v1',
  });
  return url ? { url } : undefined;
}

function originOf(address: string): string {
  const url = /^https?:\/\//.test(address) ? address : `http://${address}`;
  return URL.canParse(url) ? new URL(url).origin : address;
}
