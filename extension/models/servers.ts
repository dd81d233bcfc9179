import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { addServer } from '../config.ts';
import type { Secrets } from '../secrets.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { chooseModel, chooseServer } from './findServer.ts';

/** Finds a server or asks for its address, then name and key, keeps them, and answers the name; undefined if the person left. */
export async function addServerInSteps(sidecar: SidecarClient, secrets: Secrets): Promise<string | undefined> {
  const chosen = await chooseServer(sidecar);
  if (chosen === undefined) return undefined;
  const typed = chosen === 'typed' ? await askAddress(t('Add Server (1 of 3): address')) : chosen.url;
  const url = typed === undefined ? null : parseUrl(typed);
  if (!url) return undefined;
  const model = chosen === 'typed' ? '' : await chooseModel(chosen);
  if (model === undefined) return undefined;
  const proposed = chosen === 'typed' ? url.host : chosen.name;
  const name = await vscode.window.showInputBox({ title: t('Add Server (2 of 3): name'), value: proposed });
  if (!name) return undefined;
  // One that answers without a key is not asked for one.
  const keyless = chosen !== 'typed' && !chosen.needsKey;
  const key = keyless ? '' : await askKey(t('Add Server (3 of 3): key'));
  if (key === undefined) return undefined;
  if (key !== '') await secrets.set(url.href, key);
  await addServer({ name, url: url.href, ...(model === '' ? {} : { model }) });
  return name;
}

const askAddress = (title: string) =>
  vscode.window.showInputBox({
    title,
    placeHolder: 'http://localhost:8000/v1',
    validateInput: (value) => (parseUrl(value) ? undefined : t('Type an address like http://localhost:8000')),
  });

const askKey = (title: string) =>
  vscode.window.showInputBox({ title, password: true, placeHolder: t('Leave empty if it needs none') });

/** "Set Server Key...": for one origin, asked for where it is not known; an empty one removes it. */
export async function setServerKey(secrets: Secrets, address?: string): Promise<void> {
  const typed =
    address ??
    (await vscode.window.showInputBox({ title: t('Set Server Key: address'), placeHolder: 'https://host:port' }));
  const url = typed === undefined ? null : parseUrl(typed);
  if (!url) return;
  const key = await vscode.window.showInputBox({
    title: t('Key for {origin}', { origin: url.origin }),
    password: true,
    placeHolder: t('Empty removes it'),
  });
  if (key !== undefined) await secrets.set(url.href, key);
}

function parseUrl(value: string): URL | null {
  try {
    const url = new URL(/^https?:\/\//.test(value) ? value : `http://${value}`);
    return url.host ? url : null;
  } catch {
    return null;
  }
}
