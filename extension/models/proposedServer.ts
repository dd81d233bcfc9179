import * as vscode from 'vscode';
import type { ServerEntry } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { addServer, ownServers } from '../config.ts';
import { workspaceServers } from './workspaceServers.ts';

const offeredKey = 'devstral.offeredServers';

/**
 * A workspace may only propose a server, and only one that is trusted: each address is offered once per workspace, and taken over with its name, address
 * and model alone (its headers are the workspace's word). Nothing is sent to it before. Answers what was added.
 */
export async function offerProposedServers(state: vscode.Memento): Promise<ServerEntry[]> {
  if (!vscode.workspace.isTrusted) return [];
  const offered = new Set(state.get<string[]>(offeredKey, []));
  const known = new Set(ownServers().map(({ url }) => addressOf(url)?.origin));
  const added: ServerEntry[] = [];
  for (const { name, url, model } of await workspaceServers()) {
    const address = addressOf(url);
    const origin = address?.origin;
    if (address === null || origin === undefined || known.has(origin) || offered.has(origin)) continue;
    offered.add(origin);
    // Before the question: one that is dismissed with the window is not asked again either.
    await state.update(offeredKey, [...offered]);
    const values = { name: shown(name), origin };
    const question = t('This workspace proposes the server {name} at {origin}. Nothing was sent to it.', values);
    const add = t('Add to My Settings');
    if ((await vscode.window.showInformationMessage(question, add, t('Ignore'))) !== add) continue;
    const server = { name: freeName(shown(name)), url: address.url, ...(model === undefined ? {} : { model }) };
    await addServer(server);
    known.add(origin);
    added.push(server);
  }
  return added;
}

/** An address without user, password and query; null for what is none. */
function addressOf(text: string): { origin: string; url: string } | null {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) return null;
  const { origin, protocol, pathname } = new URL(full);
  return protocol === 'http:' || protocol === 'https:' ? { origin, url: origin + pathname } : null;
}

/** A name as one line. */
const shown = (name: string) => name.replace(/\s+/g, ' ').trim().slice(0, 40) || 'server';

/** A proposal never takes the place of a server that the person has. */
function freeName(name: string): string {
  const taken = new Set(ownServers().map((server) => server.name));
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name} ${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
