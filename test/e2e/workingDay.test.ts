import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedReply } from '../servers/scriptedServer.ts';
import { descendants } from '../workbench/processTree.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { step } from './modelStep.ts';
import { becomes, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const sample = (name: string) => readFileSync(`test/fixtures/sample/${name}`, 'utf8');
const stats = sample('stats.py');
const cart = sample('cart.ts');
const explained = `\`mean\` divides by the wrong number:

| function | \`[2, 4, 6]\` gives | should give |
| --- | --: | --: |
| \`mean\` | 6.0 | 4.0 |
| \`median\` | 4 | 4 |

\`\`\`python
def mean(values):
    """The sum of the values divided by how many there are."""
    return sum(values) / len(values)
\`\`\`
`;

const edit = (file_path: string, old_string: string, new_string: string): [string, Record<string, string>] => [
  'edit',
  { file_path, old_string, new_string },
];

describe('a working day in the whole workbench', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;
  let folder: string;
  let replies: ScriptedReply[] = [];

  before(async () => {
    scripted = await startScripted(() => replies.shift() ?? { status: 500, body: 'no reply is left' });
    ({ workbench, folder } = scripted);
  });
  after(() => scripted?.close());

  const chat = () => workbench.chatFrame();
  const composer = () => chat().locator('textarea').first();
  const button = (name: string | RegExp) => chat().getByRole('button', { name }).last();
  async function say(text: string, ...answers: ScriptedReply[]): Promise<void> {
    replies = answers;
    await composer().fill(text);
    await composer().press('Enter');
  }
  const sidecars = () =>
    descendants(workbench.server.process.pid ?? assert.fail('no server')).filter(({ commandLine }) =>
      commandLine.includes('sidecar.mjs'),
    );
  const inAllThemes = async (name: string) => {
    for (const theme of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`${name}-${theme}`);
    }
  };

  it('answers a question about the open file, with a table and code', async () => {
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Open Chat');
    await composer().waitFor();
    await say('Which of these is wrong?', step(explained));
    await chat().locator('pre code').filter({ hasText: 'len(values)' }).waitFor();
    assert.equal(await chat().locator('table tr').count(), 3);
    await inAllThemes('day-answer');
  });

  it('changes two files; one change is rejected, the rest is written', async () => {
    const checked = { from: 'Statistics of a list', to: 'Checked statistics of a list' };
    await say(
      'Mend it in both files',
      step('I look at both.', ['read', { file_path: 'stats.py' }], ['read', { file_path: 'cart.ts' }]),
      step(
        'Both have one mistake.',
        edit('stats.py', '(len(values) - 1)', 'len(values)'),
        edit('stats.py', checked.from, checked.to),
        edit('cart.ts', 'sum + discount', 'sum - discount'),
      ),
      step('The mean divides by the count, and the discount is taken off.'),
    );
    const row = chat().getByRole('treeitem').filter({ hasText: 'stats.py' });
    await row.waitFor();
    await composer().and(chat().getByPlaceholder('Ask or describe a change')).waitFor();
    await inAllThemes('day-review');
    assert.equal(readFileSync(join(folder, 'stats.py'), 'utf8'), stats, 'nothing is written before it is accepted');
    await row.focus();
    await row.press('ArrowRight');
    await chat().getByRole('treeitem', { level: 2 }).first().press('n');
    await button('Accept 2 of 3').click();
    await becomes(join(folder, 'stats.py'), stats.replace('(len(values) - 1)', 'len(values)'));
    await becomes(join(folder, 'cart.ts'), cart.replace('sum + discount', 'sum - discount'));
    await chat().getByText('the discount is taken off').waitFor();
    await workbench.screenshot('day-applied');
  });

  it('stops in the middle and keeps what was written', async () => {
    await say('Tell me all about it', { stream: ['First of all, ', { hang: true }] });
    await chat().getByText('First of all,').waitFor();
    await composer().press('Escape');
    await chat().getByText('Stopped.').waitFor();
    await chat().getByText('First of all,').waitFor();
    await workbench.screenshot('day-stopped');
  });

  it('is whole again after the window was reloaded, staged changes too', async () => {
    await say(
      'Say what median takes',
      step('A word more.', edit('stats.py', 'The middle value,', 'The middle value of some numbers,')),
      step('Done.'),
    );
    await chat().getByRole('treeitem').filter({ hasText: 'stats.py' }).waitFor();
    await workbench.page.reload();
    await workbench.statusBarText('devstral.model');
    await chat().getByText('First of all,').waitFor({ timeout: 60_000 });
    assert.equal(await chat().getByText('Stopped.').count(), 1, 'the turn whose edits wait was done');
    await chat().getByText('Mend it in both files').waitFor({ state: 'attached' });
    await chat().getByRole('treeitem').filter({ hasText: 'stats.py' }).waitFor();
    await workbench.screenshot('day-reloaded');
    await button('Accept All').click();
    await becomes(
      join(folder, 'stats.py'),
      stats
        .replace('(len(values) - 1)', 'len(values)')
        .replace('The middle value,', 'The middle value of some numbers,'),
    );
  });

  it('goes on after the sidecar was killed in the middle of an answer', async () => {
    await say('And now slowly', { stream: ['Slowly it ', { hang: true }] });
    await chat().getByText('Slowly it').waitFor();
    const [sidecar] = sidecars();
    assert.ok(sidecar, 'a sidecar runs');
    process.kill(sidecar.pid, 'SIGKILL');
    replies = [step('Slowly it came to its end.')];
    await button('Continue').click();
    await chat().getByText('came to its end').waitFor();
    await chat().getByText('And now slowly').waitFor();
    await workbench.screenshot('day-killed');
  });

  it('asks before it installs something, and tells the model the word with the rejection', async () => {
    const items = JSON.stringify([{ text: 'look at both files', state: 'done' }, { text: 'add a library' }]);
    await say(
      'Use a library for it',
      step(
        'A plan first.',
        ['todo', `{"items":${items}}`],
        ['bash', { command: 'npm install --save-exact simple-statistics' }],
      ),
      step('Then without one.'),
    );
    const card = chat().getByRole('group', { name: /Permission/ });
    await card.waitFor();
    await inAllThemes('day-permission');
    await composer().press('Alt+n');
    await chat().getByText('Then without one.').waitFor();
    assert.equal(await card.count(), 0);
  });

  it('finds the session again by what was said in it', async () => {
    await workbench.runCommand('Devstral: New Session');
    await say('Another matter', step('As you like.'));
    await chat().getByText('As you like.').waitFor();
    await workbench.runCommand('Devstral: Show Sessions');
    const row = (name: string) => chat().locator('[data-session]').filter({ hasText: name });
    await row('Another matter').waitFor();
    await inAllThemes('day-history');
    await chat().getByRole('searchbox').fill('median');
    await row('Another matter').waitFor({ state: 'detached' });
    await row('Which of these is wrong?').focus();
    await workbench.page.keyboard.press('Enter');
    await chat().getByText('Then without one.').waitFor();
  });

  it('offers context after @, and says what the next prompt takes', async () => {
    await composer().fill('Look at @word');
    await chat().getByRole('option').filter({ hasText: 'wordcount.go' }).waitFor();
    await inAllThemes('day-context');
    await workbench.page.keyboard.press('Enter');
    await chat().locator('.chip').filter({ hasText: 'wordcount.go' }).waitFor();
    await composer().fill('');
    await chat().locator('.chip').filter({ hasText: 'wordcount.go' }).getByRole('button').click();
  });

  it('takes a file as the explorer hands it over when it is dragged', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+e');
    const row = page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'wordcount.go' });
    // A headless browser has no drag of its own: the workbench fills what is dragged, the panel gets it as a drop.
    const dragged = await page.evaluateHandle(() => new DataTransfer());
    await row.dispatchEvent('dragstart', { dataTransfer: dragged });
    const data = await dragged.evaluate((transfer) => transfer.types.map((type) => [type, transfer.getData(type)]));
    assert.match(JSON.stringify(data), /wordcount\.go/);
    await composer().evaluate((element, entries) => {
      const dataTransfer = new DataTransfer();
      for (const [type, text] of entries) if (type && text) dataTransfer.setData(type, text);
      element.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, data);
    await chat().locator('.chip').filter({ hasText: 'wordcount.go' }).waitFor();
    await workbench.screenshot('day-dragged');
  });
});
