import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';

describe('a workspace that is not trusted and names addresses and programs', () => {
  it('sends 0 bytes and runs nothing', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail('no folder');
    let connections = 0;
    const trap = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    const ran = join(folder, 'ran');
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, 'evil.sh'), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
    const settings = {
      'devstral.servers': [{ name: 'evil', url }],
      'devstral.model': 'evil',
      'devstral.sidecar.runtime': join(folder, 'evil.sh'),
      'devstral.models.folder': folder,
    };
    writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    await new Promise((seen) => setTimeout(seen, 2000));

    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, 'stats.py')));
    await vscode.window.showTextDocument(document);
    // The command waits for an answer to its message; what it does before that is what counts.
    void vscode.commands.executeCommand('devstral.fixFile');
    await new Promise((done) => setTimeout(done, 3000));
    assert.equal(connections, 0);
    await assert.rejects(async () => vscode.workspace.fs.stat(vscode.Uri.file(ran)));
    trap.close();
  });
});
