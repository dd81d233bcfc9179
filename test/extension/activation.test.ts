import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';

const id = 'devstral-vscode.devstral';

/** Sidecars that belong to this extension host. */
function sidecars(): string[] {
  const rows = execFileSync('ps', ['-eo', 'ppid=,args='], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.includes('sidecar.mjs') && Number.parseInt(row, 10) === process.pid);
}

describe('activation', () => {
  it('registers every command of the manifest and starts no sidecar', async () => {
    const extension = vscode.extensions.getExtension(id);
    assert.ok(extension, `${id} is installed`);
    await extension.activate();
    const manifest = extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
    assert.deepEqual(sidecars(), []);
  });

  it('offers its code actions without starting a sidecar', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail('no folder');
    const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, 'stats.py'));
    await vscode.commands.executeCommand(
      'vscode.executeCodeActionProvider',
      document.uri,
      new vscode.Range(0, 0, 5, 0),
    );
    assert.deepEqual(sidecars(), []);
  });
});
