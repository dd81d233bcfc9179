import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from '../workbench/workbench.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const stats = readFileSync('test/fixtures/sample/stats.py', 'utf8');
const go = readFileSync('test/fixtures/sample/wordcount.go', 'utf8');
/** Changes in the lines 1, 9 and 22. */
const checked = (text: string) => text.replace(/^"""/, '"""Checked. ');
const divided = (text: string) => text.replace('(len(values) - 1)', 'len(values)');
const reaching = (text: string) =>
  text.replace('The distance between the smallest and the largest value.', 'How far the values reach.');
const proposed = reaching(divided(checked(stats)));
const fence = '````';
const blocks = (...files: [info: string, text: string][]) => [
  `Done.\n\n${files.map(([info, text]) => `${fence}${info}\n${text}\n${fence}\n`).join('\n')}`,
];
const decisions = ['Accept Change', 'Reject Change', 'Accept All Changes'];
const overflow = ['Refine...', 'Reject All Changes', "Accept File's Changes", "Reject File's Changes"];

/** VS Code's own buttons and keys in our review, and our buttons in its titles: pressed as a person does. */
describe('a review under mouse and keys', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    scripted = await startScripted(
      [
        { when: 'two files', stream: blocks(['python', proposed], ['wordcount.go', `// Checked.\n${go}`]) },
        { when: 'stats.py', stream: blocks(['python', proposed]) },
      ],
      { settings: { 'devstral.fix.attempts': 1 } },
    );
    ({ workbench, folder } = scripted);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.screenshot(`pressed-failed-${Date.now()}`);
  });
  after(() => scripted?.close());

  const page = () => workbench.page;
  /** Buttons of the title, without their keys. */
  const buttons = async () => {
    const labels = await page()
      .locator('.editor-group-container.active .editor-actions .action-label')
      .evaluateAll((found) => found.map((each) => each.getAttribute('aria-label') ?? ''));
    return labels.map((label) => label.replace(/ \([\s\S]*/, ''));
  };
  const ours = async (of: Promise<string[]>) => (await of).filter((label) => /Change|Refine|Fix this/.test(label));
  /** What stands behind the title's three dots. */
  async function more(): Promise<string[]> {
    const entries = page().locator('.monaco-menu .action-label');
    await page().locator('.editor-group-container.active .editor-actions .codicon-toolbar-more').click();
    await entries.first().waitFor();
    const labels = (await entries.allTextContents()).map((text) => text.trim()).filter(Boolean);
    await page().keyboard.press('Escape');
    await entries.first().waitFor({ state: 'detached' });
    return labels;
  }
  const right = (text: string) =>
    page().locator('.modified-in-monaco-diff-editor .view-line').filter({ hasText: text }).first();
  const toReview = (count: number) =>
    page()
      .locator('.statusbar-item')
      .filter({ hasText: `Devstral: ${count} to review` })
      .waitFor();
  const cursorAt = (line: number) =>
    page()
      .locator('.statusbar-item')
      .filter({ hasText: `Ln ${line}, Col` })
      .waitFor();
  const language = (name: string) => page().locator('[id="status.editor.mode"]').filter({ hasText: name }).waitFor();
  async function fix(instruction?: string): Promise<void> {
    await workbench.openFile('stats.py');
    const text = page().locator('.editor-instance .view-lines').first();
    await text.click({ position: { x: 200, y: 150 } });
    await page().keyboard.press('Control+Alt+j');
    await page().keyboard.press(instruction === undefined ? 'f' : 'Shift+f');
    if (instruction !== undefined) await workbench.answerInputBox(instruction);
    await workbench.waitForTab(instruction === undefined ? /\(Devstral, 3 changes\)/ : /\(2 files\)/, 30_000);
    await right('Checked.').waitFor();
    await cursorAt(1);
    // VS Code's keys go nowhere before it has compared the two sides.
    await page().locator('.modified-in-monaco-diff-editor .line-insert').first().waitFor();
  }

  it('goes from change to change by the arrows of the title and by VS Code’s keys', async () => {
    await fix();
    for (const line of [9, 22]) {
      await page().keyboard.press('Alt+F5');
      await cursorAt(line);
    }
    await page().keyboard.press('Shift+Alt+F5');
    await cursorAt(9);
    const arrow = (name: string) => page().locator('.editor-actions').getByRole('button', { name });
    await arrow('Next Change').click();
    await cursorAt(22);
    await arrow('Previous Change').click();
    await cursorAt(9);
  });

  it('takes a change back by the button in the gutter, and opens it again with Undo', async () => {
    await toReview(3);
    const revert = page().locator('.gutterItem').getByRole('button', { name: 'Revert Block' });
    // The last one is beside line 22.
    await revert.last().hover();
    for (const theme of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`review-gutter-${theme}`);
    }
    await revert.last().click();
    await right('The distance between').waitFor();
    await toReview(2);
    // The right side is saved about now.
    await right('The distance between').click();
    await page().keyboard.press('Control+z');
    await right('How far the values reach.').waitFor();
    await toReview(3);
    await revert.last().click();
    await toReview(2);
    assert.equal(readFileSync(join(folder, 'stats.py'), 'utf8'), stats, 'nothing is written yet');
  });

  it('rejects and accepts by the menus of the gutter and of the line numbers', async () => {
    const entries = page().locator('.monaco-menu .action-label');
    const choose = async (label: string) => {
      await entries.first().waitFor();
      const labels = (await entries.allTextContents()).map((text) => text.trim()).filter(Boolean);
      // VS Code's menu takes a click only a tenth of a second after it was opened.
      await page().waitForTimeout(250);
      await entries.getByText(label, { exact: true }).click();
      await entries.first().waitFor({ state: 'detached' });
      return labels;
    };
    const lineNumber = (line: number) =>
      page().locator('.modified-in-monaco-diff-editor .line-numbers').getByText(`${line}`, { exact: true });
    await lineNumber(1).click({ button: 'right' });
    assert.deepEqual((await choose('Reject Change')).slice(0, 2), ['Accept Change', 'Reject Change']);
    await toReview(1);
    await cursorAt(9);
    await page().keyboard.press('Control+z');
    await toReview(2);
    // Beside the first line VS Code shows a menu in place of the button.
    await page().locator('.gutterItem').getByRole('button', { name: 'More Actions...' }).click();
    assert.deepEqual(await choose('Revert Block'), ['Revert Block']);
    await toReview(1);
    await page().keyboard.press('Control+z');
    await toReview(2);
    await lineNumber(9).click({ button: 'right' });
    await choose('Accept Change');
    await page().locator('.modified-in-monaco-diff-editor .cgmr').first().waitFor();
    await cursorAt(1);
    assert.equal(readFileSync(join(folder, 'stats.py'), 'utf8'), stats, 'nothing is written yet');
  });

  it('writes without what the gutter took back, by the button in the title', async () => {
    await page().locator('.editor-actions').getByRole('button', { name: 'Accept All Changes' }).click();
    await becomes(join(folder, 'stats.py'), divided(checked(stats)));
    await workbench.runCommand('Devstral: Undo This Change');
    await becomes(join(folder, 'stats.py'), stats);
  });

  it('has its buttons in its own diff only', async () => {
    await fix();
    assert.deepEqual(await ours(buttons()), [...decisions, 'Previous Change', 'Next Change']);
    assert.deepEqual((await more()).slice(0, 4), overflow);
    // On the left side they are about the same review.
    await page().locator('.original-in-monaco-diff-editor .view-line').nth(3).click();
    assert.deepEqual((await ours(buttons())).slice(0, 3), decisions);

    await workbench.openFile('stats.py');
    assert.deepEqual(await ours(buttons()), ['Fix this file']);
    assert.deepEqual(await ours(more()), []);
    // As git's own: a live file on the right, an older text of it on the left.
    await page()
      .locator('.editor-instance .view-lines')
      .first()
      .click({ position: { x: 200, y: 150 } });
    await page().keyboard.type('# ');
    await workbench.runCommand('File: Compare Active File with Saved');
    await page().locator('.modified-in-monaco-diff-editor .view-line').first().waitFor();
    assert.deepEqual(await ours(buttons()), ['Previous Change', 'Next Change']);
    assert.deepEqual(await ours(more()), []);
    await workbench.runCommand('File: Revert File');
    await workbench.runCommand('View: Close Editor');
    await page().locator('.tab').filter({ hasText: '(in file)' }).waitFor({ state: 'detached' });
  });

  it('shows Fix this file in the title unless the person does not want it', async () => {
    await workbench.openFile('stats.py');
    const wrench = page()
      .locator('.editor-actions')
      .getByRole('button', { name: /^Fix this file/ });
    await wrench.waitFor();
    for (const wanted of [false, true]) {
      for (let tries = 0; tries < 20 && (await wrench.isVisible()) !== wanted; tries++) {
        // Written again each time: now and then the workbench's watcher misses a change.
        Object.assign(scripted.userSettings, { 'devstral.editor.titleButton': wanted });
        await workbench.setTheme('dark');
        await page().waitForTimeout(1000);
      }
      assert.equal(await wrench.isVisible(), wanted);
    }
    await workbench.runCommand('Devstral: Reject All Changes');
  });

  it('goes on from file to file in the overview, by arrows, keys and decisions', async () => {
    await fix('Mend these two files');
    await right('Statistics').click();
    for (const line of [9, 22]) {
      await page().keyboard.press('Alt+F5');
      await cursorAt(line);
    }
    const arrow = (name: string) => page().locator('.editor-actions').getByRole('button', { name });
    await arrow('Go to Next Change').click();
    await language('Go');
    await cursorAt(1);
    await arrow('Go to Previous Change').click();
    await language('Python');
    await cursorAt(22);
    assert.deepEqual(await ours(buttons()), ['Go to Previous Change', 'Go to Next Change', 'Accept All Changes']);
    await workbench.screenshot('pressed-overview');
    for (let count = 0; count < 3; count++) await page().keyboard.press('Alt+y');
    await language('Go');
    await page().keyboard.press('Alt+y');
    await becomes(join(folder, 'stats.py'), proposed);
    await becomes(join(folder, 'wordcount.go'), `// Checked.\n${go}`);
  });
});
