import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';
import { privateHome, sampleWorkspace } from './sampleWorkspace.ts';

const buggy = readFileSync('test/fixtures/sample/stats.py', 'utf8');
/** Two changes that lie apart: the divisor and the docstring of the module. */
const fixed = buggy.replace('(len(values) - 1)', 'len(values)').replace(/^"""/, '"""Checked. ');

describe('fix in the whole workbench, with a scripted server', () => {
  let server: ScriptedServer;
  let workbench: Workbench;
  let folder: string;
  const onDisk = () => readFileSync(join(folder, 'stats.py'), 'utf8');

  before(async () => {
    server = await startScriptedServer([{ stream: [`The divisor is off by one.\n\n\`\`\`python\n${fixed}\`\`\`\n`] }]);
    folder = sampleWorkspace();
    workbench = await startWorkbench({
      folder,
      extensionPath: process.cwd(),
      trust: true,
      env: { DEVSTRAL_HOME: privateHome() },
      userSettings: {
        'devstral.servers': [{ name: 'scripted', url: server.url, model: 'scripted' }],
        'devstral.model': 'scripted',
      },
    });
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  it('shows the diff, rejects one hunk, accepts the rest, undoes', async () => {
    assert.equal(await workbench.statusBarText('devstral.model'), 'scripted');
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Fix this file');
    const title = await workbench.waitForTab(/stats\.py \(Devstral/, 30_000);
    assert.match(title, /2 changes/);
    assert.equal(onDisk(), buggy, 'nothing is written before Accept');
    await workbench.screenshot('fix-review');

    await workbench.runCommand('Devstral: Reject Change');
    await workbench.runCommand('Devstral: Accept All Changes');
    await workbench.waitForTab(/^stats(\.py)?$/);
    const until = Date.now() + 10_000;
    while (onDisk() === buggy && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
    const oneHunk = buggy.replace('(len(values) - 1)', 'len(values)');
    assert.equal(onDisk(), oneHunk);
    await workbench.screenshot('fix-applied');

    await workbench.page.keyboard.press('Control+z');
    await workbench.page.keyboard.press('Control+s');
    const back = Date.now() + 10_000;
    while (onDisk() !== buggy && Date.now() < back) await new Promise((done) => setTimeout(done, 100));
    assert.equal(onDisk(), buggy);
  });
});
