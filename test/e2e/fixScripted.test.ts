import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from '../workbench/workbench.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const sample = (name: string) => readFileSync(`test/fixtures/sample/${name}`, 'utf8');
const stats = sample('stats.py');
/** Two changes that lie apart: the docstring of the module and the divisor. */
const fixedStats = stats.replace('(len(values) - 1)', 'len(values)').replace(/^"""/, '"""Checked. ');
const cart = sample('cart.ts');
const fixedCart = cart.replace('discount: string', 'discount').replace('sum + discount', 'sum - discount');
const reply = (language: string, text: string) => [`Here it is.\n\n\`\`\`${language}\n${text}\`\`\`\n`];

describe('fix in the whole workbench, with a scripted server', () => {
  let scripted: ScriptedWorkbench;
  let server: ScriptedWorkbench['server'];
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    scripted = await startScripted(
      [
        { when: 'stats.py', stream: reply('python', fixedStats) },
        { when: 'What does it print', stream: ['It prints **three** lines.'] },
        { when: 'cart.ts', stream: reply('typescript', fixedCart) },
      ],
      { servers: (url) => [{ name: 'second', url: `${url}/v1`, model: 'scripted' }] },
    );
    ({ server, workbench, folder } = scripted);
  });
  after(() => scripted?.close());

  /** The tab is there before its text; a key pressed between the two goes to the file behind. */
  const proposalShows = (text: string) =>
    workbench.page.locator('.modified-in-monaco-diff-editor .view-line').filter({ hasText: text }).first().click();

  it('from the palette: shows the diff, rejects one hunk, accepts the rest, undoes', async () => {
    const file = join(folder, 'stats.py');
    assert.equal(await workbench.statusBarText('devstral.model'), 'scripted');
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Fix this file');
    const title = await workbench.waitForTab(/stats\.py \(Devstral/, 30_000);
    assert.match(title, /2 changes/);
    await workbench.page
      .locator('.modified-in-monaco-diff-editor .view-line')
      .filter({ hasText: 'Checked.' })
      .waitFor();
    assert.equal(readFileSync(file, 'utf8'), stats, 'nothing is written before Accept');
    await workbench.screenshot('fix-review');

    await workbench.runCommand('Devstral: Reject Change');
    await workbench.runCommand('Devstral: Accept All Changes');
    await becomes(file, stats.replace('(len(values) - 1)', 'len(values)'));
    await workbench.screenshot('fix-applied');

    await workbench.page.locator('.tab').filter({ hasText: '(Devstral' }).waitFor({ state: 'detached' });
    await workbench.page.locator('.monaco-editor.focused').waitFor();
    await workbench.page.keyboard.press('Control+z');
    await workbench.page.keyboard.press('Control+s');
    await becomes(file, stats);
  });

  it('from the light bulb, on a problem that the TypeScript server found', async () => {
    const file = join(folder, 'cart.ts');
    await workbench.openFile('cart.ts');
    const { page } = workbench;
    // The problem's own line; its squiggle says that the language server has answered.
    await page.locator('.squiggly-error').first().waitFor({ state: 'attached', timeout: 60_000 });
    await workbench.goTo(22, 10);
    const entry = page.locator('.action-widget .monaco-list-row').filter({ hasText: 'Fix with Devstral' });
    // A list that was asked for while the problems were drawn anew closes again.
    for (let tries = 0; tries < 10 && !(await entry.isVisible()); tries++) {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+.');
      await entry.waitFor({ timeout: 3000 }).catch(() => undefined);
    }
    await workbench.screenshot('light-bulb');
    await entry.click();
    await workbench.waitForTab(/cart\.ts \(Devstral/, 30_000);
    await proposalShows('sum - discount');
    const asked = JSON.stringify(server.chats().at(-1)?.body);
    assert.match(asked, /not assignable to type 'string'/, 'the problem went along');
    assert.match(asked, /Look first at lines 22 to 22/);
    await page.keyboard.press('Control+Enter');
    await becomes(file, fixedCart);
  });

  it('answers in the chat panel, with the open file as context', async () => {
    await workbench.openFile('wordcount.go');
    await workbench.runCommand('Devstral: Open Chat');
    const chat = workbench.chatFrame();
    const composer = chat.locator('textarea');
    await composer.waitFor();
    await composer.fill('What does it print?');
    await composer.press('Enter');
    await chat.locator('strong', { hasText: 'three' }).waitFor();
    await workbench.screenshot('chat-answer');
    assert.match(JSON.stringify(server.chats().at(-1)?.body), /wordcount\.go/);
  });

  it('switches between models with a click on the status bar', async () => {
    const { page } = workbench;
    const click = () => page.locator('[id="devstral-vscode.devstral.devstral.model"]').click();
    await click();
    const rows = page.locator('.quick-input-widget .monaco-list-row');
    await rows.filter({ hasText: 'Devstral Small 2' }).waitFor();
    await workbench.screenshot('switch-model');
    const input = page.locator('.quick-input-widget input.input');
    for (const label of ['scripted', 'second', 'Starter', 'Devstral Small 1.1', 'Add Server...', 'Show Hardware']) {
      await input.fill(label);
      await rows.filter({ hasText: label }).first().waitFor();
    }
    await workbench.chooseQuickPick('second');
    await workbench.page
      .locator('[id="devstral-vscode.devstral.devstral.model"]')
      .filter({ hasText: 'second' })
      .waitFor();
    await click();
    // Servers stand below what can be downloaded: a list draws what is in sight.
    await input.fill('scripted');
    await workbench.chooseQuickPick('scripted');
    await workbench.page
      .locator('[id="devstral-vscode.devstral.devstral.model"]')
      .filter({ hasText: 'scripted' })
      .waitFor();
  });
});
