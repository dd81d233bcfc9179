import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';
import { becomes, privateHome, sampleWorkspace } from './sampleWorkspace.ts';

const longestMs = 10 * 60_000;
/** Short, for a processor writes a few tokens a second and each answer is all of the file. */
const mean = `def mean(values):
    """The sum of the values divided by how many there are."""
    return sum(values) / (len(values) - 1)
`;

/** With a real model only what holds on any CPU is asserted: a diff appeared, accept changed the file, it parses, undo restores it. */
describe('fix in the whole workbench, with the starter model', function () {
  this.timeout(longestMs + 60_000);
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    folder = sampleWorkspace();
    writeFileSync(join(folder, 'mean.py'), mean);
    workbench = await startWorkbench({
      folder,
      extensionPath: process.cwd(),
      trust: true,
      env: { ...process.env, DEVSTRAL_HOME: privateHome() },
      userSettings: { 'devstral.model': 'starter', 'devstral.models.folder': dataFolders().models },
    });
  });
  after(() => workbench?.close());

  it('reads, writes, shows the diff, applies and undoes', async () => {
    const file = join(folder, 'mean.py');
    assert.equal(await workbench.statusBarText('devstral.model'), 'Starter (off)');
    await workbench.openFile('mean.py');
    await workbench.runCommand('Devstral: Fix this file');
    await workbench.waitForNotification(/Devstral: Fix mean\.py[\s\S]*(Reading|Writing)/, 120_000);
    await workbench.screenshot('starter-progress');
    await workbench.waitForTab(/mean\.py \(Devstral/, longestMs);
    await workbench.page.locator('.modified-in-monaco-diff-editor .view-line').first().waitFor();
    assert.equal(readFileSync(file, 'utf8'), mean, 'nothing is written before Accept');
    await workbench.screenshot('starter-review');

    await workbench.runCommand('Devstral: Accept All Changes');
    const until = Date.now() + 15_000;
    while (readFileSync(file, 'utf8') === mean && Date.now() < until)
      await new Promise((done) => setTimeout(done, 100));
    assert.notEqual(readFileSync(file, 'utf8'), mean);
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', file]);

    await workbench.runCommand('Devstral: Undo This Change');
    await becomes(file, mean);
  });
});
