import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const code = 'def mean(values):\n    return sum(values) / len(values)';
const usual = ['Cut', 'Copy', 'Paste'];
const answer = `The **mean** divides by the wrong number:\n\n\`\`\`python\n${code}\n\`\`\``;

/** The workbench draws the menu of a page, outside of its frame; what is chosen comes back as a command. */
describe('the menu over an answer', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;

  before(async () => {
    scripted = await startScripted([
      { when: 'a second thing', stream: ['Something else.'] },
      { when: 'wrong', stream: [answer] },
    ]);
    ({ workbench } = scripted);
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Open Chat');
    await composer().waitFor();
    await say('Which of these is wrong?');
    await block().filter({ hasText: 'len(values)' }).waitFor();
    await composer().and(chat().getByPlaceholder('Ask or describe a change')).waitFor();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.screenshot(`menu-failed-${Date.now()}`);
  });
  after(() => scripted?.close());

  const chat = () => workbench.chatFrame();
  const composer = () => chat().locator('textarea').first();
  const block = () => chat().locator('.code-block');
  const words = () => chat().locator('article.answer').getByText('divides by the wrong number');
  const labels = () => workbench.page.locator('.monaco-menu .action-label');
  async function say(text: string): Promise<void> {
    await composer().fill(text);
    await composer().press('Enter');
  }
  /** Opens the menu and answers what it offers. */
  async function menuOver(place: Locator): Promise<string[]> {
    await place.click({ button: 'right' });
    await labels().first().waitFor();
    return (await labels().allTextContents()).map((text) => text.trim()).filter(Boolean);
  }
  async function choose(label: string): Promise<void> {
    // VS Code's menu takes a click only a tenth of a second after it was opened.
    await workbench.page.waitForTimeout(250);
    await labels().getByText(label, { exact: true }).click();
    await labels().first().waitFor({ state: 'detached' });
  }
  const clipboard = () => workbench.page.evaluate(() => navigator.clipboard.readText());

  it('has what can be done with an answer, and with its code', async () => {
    assert.deepEqual(await menuOver(words()), ['Copy as Markdown', 'Fork from Here', ...usual]);
    for (const theme of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`answer-menu-${theme}`);
    }
    await workbench.page.keyboard.press('Escape');
    const overCode = ['Copy as Markdown', 'Insert at Cursor', 'Fork from Here', ...usual];
    assert.deepEqual(await menuOver(block().locator('pre')), overCode);
    await workbench.screenshot('answer-menu-code');
    await workbench.page.keyboard.press('Escape');
    assert.deepEqual(await menuOver(composer()), usual);
    await workbench.page.keyboard.press('Escape');
  });

  it('copies the answer as the model wrote it', async () => {
    await menuOver(words());
    await choose('Copy as Markdown');
    for (let tries = 0; (await clipboard()) !== answer && tries < 50; tries++) await workbench.page.waitForTimeout(100);
    assert.equal(await clipboard(), answer);
  });

  it('inserts the code where the cursor stands in the editor', async () => {
    await workbench.page.keyboard.press('Control+1');
    await menuOver(block().locator('pre'));
    await choose('Insert at Cursor');
    const joined = workbench.page
      .locator('.editor-instance .view-line')
      .filter({ hasText: '/ len(values)"""Statistics' });
    await joined.waitFor();
    await workbench.screenshot('answer-menu-inserted');
  });

  it('forks at that answer', async () => {
    await say('And a second thing?');
    await chat().getByText('Something else.').waitFor();
    await menuOver(words());
    await choose('Fork from Here');
    await chat().getByText('Something else.').waitFor({ state: 'detached' });
    await words().waitFor();
    await workbench.screenshot('answer-menu-forked');
  });
});
