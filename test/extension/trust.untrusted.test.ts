import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

describe('a workspace that is not trusted and names addresses and programs', () => {
  let trap: Server;
  let connections = 0;
  let folder: string;
  let ran: string;

  before(async () => {
    trap = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail('no folder');
    ran = join(folder, 'ran');
    const program = join(folder, 'evil.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\nexec node "$@"\n`, { mode: 0o755 });
    const settings = {
      'devstral.servers': [{ name: 'evil', url }],
      'devstral.model': 'evil',
      'devstral.sidecar.runtime': program,
      'devstral.models.folder': folder,
      // Not one of ours and of no danger: when it is seen, the file has been read.
      'editor.tabSize': 7,
    };
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    await waitFor(
      'reading the settings of the workspace',
      () => vscode.workspace.getConfiguration('editor').inspect('tabSize')?.workspaceValue === 7,
    );
  });
  after(() => {
    trap.close();
  });

  it('gives no value to any of these settings', () => {
    assert.equal(vscode.workspace.isTrusted, false);
    for (const name of ['servers', 'model', 'sidecar.runtime', 'models.folder']) {
      const found = vscode.workspace.getConfiguration('devstral').inspect(name);
      assert.deepEqual(vscode.workspace.getConfiguration('devstral').get(name), found?.defaultValue, name);
    }
  });

  it('refuses a fix: starts no sidecar, sends 0 bytes and runs nothing', async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, 'stats.py')));
    await vscode.window.showTextDocument(document);
    // The command waits for an answer to its message; what it does before that is what counts.
    void vscode.commands.executeCommand('devstral.fixFile');
    await new Promise((done) => setTimeout(done, 3000));
    assert.deepEqual(sidecars(), []);
    assert.equal(connections, 0);
    assert.equal(existsSync(ran), false);
  });

  it('starts the sidecar, which a chat may use, with neither the program nor the address', async () => {
    await vscode.commands.executeCommand('devstral.restartSidecar');
    assert.equal(sidecars().length, 1);
    await new Promise((done) => setTimeout(done, 2000));
    assert.equal(connections, 0);
    assert.equal(existsSync(ran), false);
  });
});
