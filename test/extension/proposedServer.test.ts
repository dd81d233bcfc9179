import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { offerProposedServers } from '../../extension/models/proposedServer.ts';
import { type Messages, recordMessages } from './messages.ts';

/** What VS Code keeps for a workspace. */
function memento(): vscode.Memento {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: <T>(name: string, fallback?: T) => (kept.has(name) ? (kept.get(name) as T) : fallback),
    update: async (name: string, value: unknown) => void kept.set(name, value),
  } as vscode.Memento;
}

describe('a server that a workspace proposes', () => {
  let messages: Messages;
  let trap: Server;
  let connections = 0;
  let url: string;
  let settings: string;
  const own = () => vscode.workspace.getConfiguration('devstral').inspect<{ name: string }[]>('servers')?.globalValue;

  before(async () => {
    // The extension looks once, when it starts; what is written here is then for the tests alone.
    await vscode.extensions.getExtension('devstral-vscode.devstral')?.activate();
    await new Promise((looked) => setTimeout(looked, 1000));
    trap = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail('no folder');
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    settings = join(folder, '.vscode', 'settings.json');
    const entry = { name: 'team', url: `${url}/v1`, model: 'dev', headers: { 'x-team': 'theirs' } };
    writeFileSync(settings, `{ // with a comment\n"devstral.servers": [${JSON.stringify(entry)}, {"name": 7}],\n}`);
  });
  beforeEach(() => {
    messages = recordMessages();
  });
  afterEach(async () => {
    messages.restore();
    await vscode.workspace.getConfiguration('devstral').update('servers', undefined, vscode.ConfigurationTarget.Global);
  });
  after(() => {
    trap.close();
    rmSync(settings);
  });

  it('is offered once and is nobody’s before', async () => {
    const state = memento();
    assert.deepEqual(await offerProposedServers(state), []);
    assert.deepEqual(messages.texts, [`This workspace proposes the server team at ${url}. Nothing was sent to it.`]);
    assert.equal(own(), undefined);
    await offerProposedServers(state);
    assert.equal(messages.texts.length, 1, 'asked once per workspace and origin');
    assert.equal(connections, 0);
  });

  it('is added to the person’s own settings if they say so, without its headers', async () => {
    messages.answer(/proposes the server team/, 'Add to My Settings');
    const added = [{ name: 'team', url: `${url}/v1`, model: 'dev' }];
    assert.deepEqual(await offerProposedServers(memento()), added);
    assert.deepEqual(own(), added);
    assert.deepEqual(await offerProposedServers(memento()), [], 'what the person has is not offered');
    assert.equal(connections, 0);
  });

  it('takes no other server’s name', async () => {
    const mine = { name: 'team', url: 'http://localhost:1' };
    await vscode.workspace.getConfiguration('devstral').update('servers', [mine], vscode.ConfigurationTarget.Global);
    messages.answer(/proposes the server team/, 'Add to My Settings');
    await offerProposedServers(memento());
    assert.deepEqual(
      own()?.map(({ name }) => name),
      ['team', 'team 2'],
    );
  });
});
