import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedReply } from '../servers/scriptedServer.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const stats = readFileSync('test/fixtures/sample/stats.py', 'utf8');
const guarded = [
  'def mean(values):',
  '    """The sum of the values divided by how many there are."""',
  '    if not values:',
  '        return 0',
  '    return sum(values) / len(values)',
];
const edited = stats.replace('    return sum(values) / (len(values) - 1)', guarded.slice(2).join('\n'));

/** Real keys in the real workbench, with a scripted server: what is typed, drawn and closed. */
describe('Edit Inline in the whole workbench', () => {
  let scripted: ScriptedWorkbench;
  let server: ScriptedWorkbench['server'];
  let workbench: Workbench;
  let folder: string;
  let reply: ScriptedReply;

  before(async () => {
    scripted = await startScripted(() => reply, {
      // VS Code registers an inline chat of its own a while after its start, also where nobody is signed in.
      settings: { 'devstral.inlineEdit.claimCtrlI': true },
    });
    ({ server, workbench, folder } = scripted);
    const { page } = workbench;
    page.setDefaultTimeout(40_000);
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'stats.py' }).dblclick();
    await page.locator('.editor-instance .view-line', { hasText: 'def mean' }).waitFor();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.screenshot(`inline-failed-${Date.now()}`);
  });
  after(() => scripted?.close());

  const input = () => workbench.page.locator('.quick-input-widget input.input');
  const right = (text: string) =>
    workbench.page.locator('.modified-in-monaco-diff-editor .view-line').filter({ hasText: text });
  /** Text that a decoration of ours puts behind a line. */
  const behind = () =>
    workbench.page.evaluate(() =>
      [...document.querySelectorAll('.view-line span')]
        .map((element) => getComputedStyle(element, '::after').content)
        .find((content) => content.includes('Escape stops')),
    );
  async function until<T>(what: string, read: () => Promise<T | undefined | false>, ms = 60_000): Promise<T> {
    for (const end = Date.now() + ms; ; ) {
      const found = await read();
      if (found) return found;
      if (Date.now() > end) throw new Error(`${what} did not come: ${await workbench.screenshot('inline-missing')}`);
      await workbench.page.waitForTimeout(50);
    }
  }

  /** Selects the function `mean` and presses the key, or the chord that is never anybody else's. */
  async function begin(keys = ['Control+i']): Promise<void> {
    const { keyboard } = workbench.page;
    await workbench.goTo(7);
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+End');
    for (const key of keys) await keyboard.press(key);
    await workbench.page.locator('.quick-input-title', { hasText: 'Edit lines 7 to 9 of stats.py' }).waitFor();
  }

  const opening = `\`\`\`python\n${guarded.slice(0, 4).join('\n')}\n`;
  /** Half an answer: its changes are not whole yet. */
  const half: ScriptedReply = { stream: [opening, { delayMs: 500 }, '    ret', { hang: true }] };
  const block = (lines: readonly string[]): ScriptedReply => ({
    stream: [`\`\`\`python\n${lines.join('\n')}\n\`\`\`\n`],
  });
  const diffIsGone = () =>
    until('the file', async () => (await workbench.page.locator('.modified-in-monaco-diff-editor').count()) === 0);
  const progressIsGone = () => until('the end of the progress', async () => !(await behind()));

  async function ask(answer: ScriptedReply): Promise<void> {
    reply = answer;
    await begin();
    await workbench.page.keyboard.type('return 0 for no values');
    await workbench.page.keyboard.press('Enter');
  }

  it('leaves no trace after Escape in the input', async () => {
    for (const keys of [['Control+i'], ['Control+Alt+j', 'i']]) {
      await begin(keys);
      await workbench.page.keyboard.press('Escape');
      await input().waitFor({ state: 'hidden' });
    }
    assert.equal(server.chats().length, 0);
    assert.deepEqual(await workbench.notifications(), []);
  });

  for (const theme of ['light', 'dark', 'hcDark', 'hcLight'] as const) {
    it(`shows input, wait, what is written and the whole proposal: ${theme}`, async () => {
      const { page } = workbench;
      await workbench.setTheme(theme);
      await begin();
      await workbench.screenshot(`inline-${theme}-1-input`);
      await page.keyboard.press('Escape');

      await ask({ hang: true });
      assert.match(await until('the wait', behind), /Devstral: waiting for scripted, \d+ s, Escape stops/);
      await workbench.screenshot(`inline-${theme}-2-wait`);
      await page.keyboard.press('Escape');
      await progressIsGone();
      assert.deepEqual(await workbench.notifications(), []);

      await ask(half);
      await right('return 0').waitFor();
      await until('the writing', async () => /writing line \d/.test((await behind()) ?? ''));
      await workbench.screenshot(`inline-${theme}-3-written`);
      await page.keyboard.press('Escape');
      await diffIsGone();
      await progressIsGone();

      await ask(block(guarded));
      await right('/ len(values)').waitFor();
      await progressIsGone();
      await workbench.screenshot(`inline-${theme}-4-whole`);
      assert.equal(readFileSync(join(folder, 'stats.py'), 'utf8'), stats);
      // Closing rejects.
      await workbench.runCommand('View: Close Editor', 60_000);
      await diffIsGone();
      await page.locator('[id="devstral-vscode.devstral.devstral.model"]').filter({ hasText: 'scripted' }).waitFor();
    });
  }

  it('leaves Ctrl+I to the inline chat of VS Code unless the person claims it', async () => {
    const { page } = workbench;
    const title = page.locator('.quick-input-title', { hasText: /^Edit lines? / });
    const claim = async (claimed: boolean) => {
      scripted.userSettings['devstral.inlineEdit.claimCtrlI'] = claimed;
      await workbench.setTheme('dark');
    };
    /** Whether Ctrl+I opens our input now. */
    const isOurs = async () => {
      await page.keyboard.press('Control+i');
      const shown = await title.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
      await page.keyboard.press('Escape');
      await title.waitFor({ state: 'hidden' });
      return shown;
    };
    assert.equal(await isOurs(), true);
    // Written again each time: now and then the workbench's watcher misses a change. The other chat registers itself some
    // time after the start.
    const becomesOurs = (claimed: boolean) =>
      until(`Ctrl+I claimed: ${claimed}`, async () => {
        await claim(claimed);
        await page.keyboard.press('Control+1');
        return (await isOurs()) === claimed;
      });
    await becomesOurs(false);
    await begin(['Control+Alt+j', 'i']);
    await page.keyboard.press('Escape');
    await input().waitFor({ state: 'hidden' });
    await becomesOurs(true);
  });

  it('refines with the same key and accepts with Ctrl+Enter, the cursor behind the new text', async () => {
    const { page } = workbench;
    reply = block([...guarded.slice(0, 2), '    return sum(values) / len(values)']);
    await begin();
    await page.keyboard.type('divide by the count');
    await page.keyboard.press('Enter');
    await right('/ len(values)').waitFor();
    reply = block(guarded);
    // The key is ours only when the proposal is whole.
    await until('the second input', async () => {
      await page.keyboard.press('Control+i');
      return input()
        .waitFor({ timeout: 5000 })
        .then(() => true)
        .catch(() => false);
    });
    assert.equal(await input().inputValue(), 'divide by the count');
    await workbench.screenshot('inline-refine');
    await page.keyboard.type('and return 0 for no values');
    await page.keyboard.press('Enter');
    await right('return 0').waitFor();
    await until('the end of the round', async () => !(await behind()));
    await page.keyboard.press('Control+Enter');
    await becomes(join(folder, 'stats.py'), edited);
    await page.locator('.tab').filter({ hasText: '(Devstral' }).waitFor({ state: 'detached' });
    await page.locator('.monaco-editor.focused').waitFor();
    await page.keyboard.type('  # here');
    await page.keyboard.press('Control+s');
    await becomes(join(folder, 'stats.py'), edited.replace('/ len(values)', '/ len(values)  # here'));
  });
});
