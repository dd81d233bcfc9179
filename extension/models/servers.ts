import * as vscode from 'vscode';
import { addServer } from '../config.ts';
import type { Secrets } from '../secrets.ts';

/** Asks for address, name and key, keeps them, and answers the name of the new server; undefined if the person left. */
export async function addServerByHand(secrets: Secrets): Promise<string | undefined> {
  const title = 'Add Server';
  const typed = await vscode.window.showInputBox({
    title: `${title} (1 of 3): address`,
    placeHolder: 'http://localhost:8000/v1',
    validateInput: (value) => (parseUrl(value) ? undefined : 'Type an address like http://localhost:8000'),
  });
  const url = typed === undefined ? null : parseUrl(typed);
  if (!url) return undefined;
  const name = await vscode.window.showInputBox({ title: `${title} (2 of 3): name`, value: url.host });
  if (!name) return undefined;
  const key = await vscode.window.showInputBox({
    title: `${title} (3 of 3): key`,
    password: true,
    placeHolder: 'Leave empty if it needs none',
  });
  if (key === undefined) return undefined;
  if (key !== '') await secrets.set(url.href, key);
  await addServer({ name, url: url.href });
  return name;
}

/** "Set Server Key...": for one origin, asked for where it is not known; an empty one removes it. */
export async function setServerKey(secrets: Secrets, address?: string): Promise<void> {
  const typed =
    address ??
    (await vscode.window.showInputBox({ title: 'Set Server Key: address', placeHolder: 'https://host:port' }));
  const url = typed === undefined ? null : parseUrl(typed);
  if (!url) return;
  const key = await vscode.window.showInputBox({
    title: `Key for ${url.origin}`,
    password: true,
    placeHolder: 'Empty removes it',
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
