import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedReply } from '../servers/scriptedServer.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { step } from './modelStep.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const source =
  'export const sum = (values) => values.reduce((all, each) => all + each, 0);\n\nexport const mean = (values) =>\n  sum(values) / values.length;\n\nexport function spread(values) {\n  return Math.max(...values) - Math.min(...values);\n}\n';
const tests =
  "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { mean } from './mean.mjs';\n\ntest('of three', () => assert.equal(mean([2, 4, 6]), 4));\n";

/** What the agent's turns did is on disk at once in this mode; it is tested, and taken back turn by turn. */
describe('turns that write at once, in the whole workbench', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;
  let replies: ScriptedReply[] = [];
  const file = (name: string) => join(scripted.folder, name);

  before(async () => {
    const settings = { 'devstral.agent.mode': 'accept-edits' };
    scripted = await startScripted(() => replies.shift() ?? { status: 500, body: 'no reply is left' }, { settings });
    ({ workbench } = scripted);
    writeFileSync(file('package.json'), '{ "type": "module", "scripts": { "test": "node --test" } }\n');
    writeFileSync(file('mean.mjs'), source);
  });
  after(() => scripted?.close());

  const chat = () => workbench.chatFrame();
  const composer = () => chat().locator('textarea').first();
  async function say(text: string, ...answers: ScriptedReply[]): Promise<void> {
    replies = answers;
    await composer().fill(text);
    await composer().press('Enter');
  }

  it('runs the tests with coverage, and says which lines no test reaches', async () => {
    await workbench.runCommand('Devstral: Open Chat');
    await composer().waitFor();
    await say(
      'Add a test of mean and say what is not tested',
      step('First the test.', ['write_file', { file_path: 'mean.test.mjs', content: tests }]),
      step('Now with coverage.', ['run_tests', { coverage: true }]),
      step('The spread has no test yet.'),
    );
    const card = chat().getByRole('group', { name: /Permission/ });
    await card.waitFor();
    await workbench.screenshot('turns-permission');
    // No person answers what they have not seen.
    await workbench.page.waitForTimeout(400);
    await composer().press('Alt+y');
    await chat().getByText('The spread has no test yet.').waitFor();
    const told = JSON.stringify(scripted.server.requests.at(-1)?.body);
    assert.match(told, /1 passed/);
    assert.match(told, /mean\.mjs[^"]*\b7\b/, 'the line in spread that nothing calls');
    await workbench.screenshot('turns-coverage');
  });

  it('takes a turn back with a diff first, and the taking back too', async () => {
    await say(
      'Name it average',
      step('Both files.', [
        'edit',
        { file_path: 'mean.mjs', old_string: 'export const mean', new_string: 'export const average' },
      ]),
      step('It is called average now.'),
    );
    await chat().getByText('It is called average now.').waitFor();
    const renamed = source.replace('const mean', 'const average');
    await becomes(file('mean.mjs'), renamed);
    const bar = chat().getByRole('region', { name: 'Applied changes' });
    await bar.getByText('Applied changes to 1 file').waitFor();
    for (const theme of ['light', 'hcLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`turns-applied-${theme}`);
    }
    await bar.getByRole('button', { name: 'Review' }).click();
    await workbench.waitForTab(/mean\.mjs \(before and after the turn\)/);

    await chat().getByText('The spread has no test yet.').hover();
    await chat().getByRole('button', { name: 'Undo Turn' }).first().click();
    await workbench.waitForTab(/Undo turn \(2 files\)/);
    await workbench.screenshot('turns-undo-review');
    assert.equal(readFileSync(file('mean.mjs'), 'utf8'), renamed, 'nothing is written before it is accepted');
    assert.ok(existsSync(file('mean.test.mjs')));

    await workbench.runCommand('Devstral: Accept All Changes');
    await becomes(file('mean.mjs'), source);
    assert.ok(!existsSync(file('mean.test.mjs')), 'what the turn had made is gone');
    await bar.waitFor({ state: 'detached' });
    await workbench.screenshot('turns-undone');

    await workbench.runCommand('Devstral: Undo This Change');
    await becomes(file('mean.mjs'), renamed);
    assert.equal(readFileSync(file('mean.test.mjs'), 'utf8'), tests);
    await workbench.screenshot('turns-undo-undone');
  });

  it('rejects one command with a key that is held, and not the next one', async () => {
    const { keyboard } = workbench.page;
    await say(
      'Add two libraries',
      step('One.', ['bash', { command: 'npm install left-pad' }]),
      step('Two.', ['bash', { command: 'npm install right-pad' }]),
      step('None, then.'),
    );
    const card = (command: string) => chat().getByRole('group', { name: `Permission, npm install ${command}` });
    await card('left-pad').waitFor();
    await workbench.page.waitForTimeout(400);
    await composer().focus();
    await keyboard.down('Alt');
    for (let count = 0; count < 25; count++) {
      await keyboard.down('n');
      await workbench.page.waitForTimeout(40);
    }
    await card('right-pad').waitFor();
    await keyboard.up('n');
    await keyboard.up('Alt');
    await workbench.page.waitForTimeout(400);
    assert.equal(await chat().getByText('None, then.').count(), 0);
    await composer().press('Alt+n');
    await chat().getByText('None, then.').waitFor();
  });
});
