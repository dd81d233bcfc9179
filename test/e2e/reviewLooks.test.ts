import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from '../workbench/workbench.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const stats = readFileSync('test/fixtures/sample/stats.py', 'utf8');
const go = readFileSync('test/fixtures/sample/wordcount.go', 'utf8');
const fixedStats = stats
  .replace(/^"""/, '"""Checked. ')
  .replace('(len(values) - 1)', 'len(values)')
  .replace('The distance between the smallest and the largest value.', 'How far the values reach.');
const helper =
  'def mode(values):\n    """The value that comes most often."""\n    return max(values, key=values.count)\n';
const fence = '````';
const blocks = (...files: [info: string, text: string][]) => [
  `Done.\n\n${files.map(([info, text]) => `${fence}${info}\n${text}\n${fence}\n`).join('\n')}`,
];

describe('how a review looks', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    scripted = await startScripted(
      [
        {
          when: 'three files',
          stream: blocks(['python', fixedStats], ['wordcount.go', `// Checked.\n${go}`], ['mode.py', helper]),
        },
        { when: 'stats.py', stream: blocks(['python', fixedStats]) },
      ],
      { settings: { 'devstral.fix.attempts': 1 } },
    );
    ({ workbench, folder } = scripted);
  });
  after(() => scripted?.close());

  const inAllThemes = async (name: string) => {
    for (const theme of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`${name}-${theme}`);
    }
  };
  // On a busy machine the palette may take a click twice, and then there are two fixes.
  const fixByKeys = async (last: string) => {
    await workbench.page
      .locator('.editor-instance .view-lines')
      .first()
      .click({ position: { x: 200, y: 150 } });
    await workbench.page.keyboard.press('Control+Alt+j');
    await workbench.page.keyboard.press(last);
  };
  const proposalShows = (text: string) =>
    workbench.page.locator('.modified-in-monaco-diff-editor .view-line').filter({ hasText: text }).first().click();

  it('with an accepted, a rejected and a conflicting change', async () => {
    const { page } = workbench;
    await workbench.openFile('stats.py');
    await fixByKeys('f');
    await workbench.waitForTab(/stats\.py \(Devstral, 3 changes\)/, 30_000);
    await proposalShows('Checked.');
    await page.keyboard.press('Alt+y');
    await page.keyboard.press('Alt+n');
    await page.locator('.modified-in-monaco-diff-editor .view-line').filter({ hasText: '(len(values) - 1)' }).waitFor();
    await inAllThemes('review-decided');

    await workbench.openFile('stats.py');
    await workbench.goTo(22, 8);
    await page.keyboard.type('My words. ');
    await workbench.runCommand('Devstral: Accept All Changes');
    await workbench.waitForNotification(/stats\.py changed meanwhile\. 1 of 2 changes/);
    await workbench.runCommand('Devstral: Review Changes');
    await inAllThemes('review-conflict');
    await workbench.clickNotificationButton('Resolve...');
    await page.locator('.quick-input-widget').filter({ hasText: 'Conflict 1 of 1, line 22' }).waitFor();
    await workbench.screenshot('review-resolve');
    await workbench.chooseQuickPick('Keep Both');
    await workbench.runCommand('File: Save');
    const kept =
      '    """My words. The distance between the smallest and the largest value."""\n    """How far the values reach."""';
    await becomes(
      join(folder, 'stats.py'),
      stats
        .replace(/^"""/, '"""Checked. ')
        .replace('    """The distance between the smallest and the largest value."""', kept),
    );
  });

  it('of several files, in one overview', async () => {
    await workbench.openFile('stats.py');
    await fixByKeys('Shift+f');
    await workbench.answerInputBox('Mend these three files');
    await workbench.waitForTab(/Devstral: Fix stats\.py \(3 files\)/, 30_000);
    await workbench.page.locator('.multiDiffEntry .view-line').filter({ hasText: 'Checked.' }).first().waitFor();
    await inAllThemes('review-overview');
  });
});
