import assert from 'node:assert/strict';
import { chatPanel, textOf } from './chatPanel.ts';
import { answer, begin, done, finish, user } from './sampleEvents.ts';

describe('chat panel: keys, context and models', function () {
  this.timeout(30_000);
  const panel = chatPanel();
  const { tell, composer, focused, messages } = panel;

  it('is used with the keyboard alone', async () => {
    const { keyboard } = panel.page;
    await panel.say({ type: 'focusComposer' });
    await keyboard.type('first line');
    await keyboard.press('Shift+Enter');
    await keyboard.type('second line');
    assert.deepEqual(await messages('send'), []);
    await keyboard.press('Enter');
    assert.deepEqual(await messages('send'), [{ type: 'send', text: 'first line\nsecond line', whenBusy: 'steer' }]);
    assert.equal(await composer().inputValue(), '');
    const reply = 'See [the file](src/app.py#L3).\n\n```js\n1\n```\n';
    await panel.say(...tell(user('first line'), answer(reply), done));
    assert.deepEqual((await messages('focus')).at(-1), { type: 'focus', panel: true, input: true });

    await keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'Add Context...');
    await keyboard.press('Shift+Tab');
    assert.match(await focused(), /^Small 2, /, 'one stop for the conversation: its latest answer');
    await keyboard.press('ArrowUp');
    assert.match(await focused(), /^You, /);
    await keyboard.press('End');
    await keyboard.press('Enter');
    assert.equal(await focused(), 'the file');
    await keyboard.press('Enter');
    assert.deepEqual(await messages('openLink'), [{ type: 'openLink', href: 'src/app.py#L3' }]);
    await keyboard.press('Tab');
    assert.equal(await focused(), 'Copy');
    await keyboard.press('Escape');
    assert.match(await focused(), /^Small 2, /);
    await keyboard.press('Escape');
    assert.equal(await focused(), 'Message');
    assert.deepEqual((await messages('focus')).at(-1), { type: 'focus', panel: true, input: true });
  });

  it('walks the rows of a turn and opens them with the arrow keys', async () => {
    const { keyboard } = panel.page;
    const calls = [
      begin('a', 'grep', 'Search "x"'),
      finish('a', '6 hits', 'a.py:1'),
      begin('b', 'edit', 'Edit a.py'),
      finish('b', '+1 -2'),
    ];
    await panel.say(...tell(user('go'), ...calls, answer('Done.'), done), { type: 'focusComposer' });
    // Past what can be added, and what was applied.
    await keyboard.press('Shift+Tab');
    await keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'Review');
    await keyboard.press('Enter');
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    assert.deepEqual(await messages('openReview'), [{ type: 'openReview' }]);
    assert.deepEqual(await messages('restoreTurn'), [{ type: 'restoreTurn', turn: 0 }]);
    await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    assert.equal(await focused(), 'Search "x", 6 hits, 0.2 s');
    await keyboard.press('ArrowRight');
    assert.equal(await textOf(panel.page.locator('.call-output')), 'a.py:1');
    await keyboard.press('ArrowLeft');
    assert.equal(await panel.page.locator('.call-output').count(), 0);
    await keyboard.press('ArrowDown');
    assert.equal(await focused(), 'Edit a.py, +1 −2, 0.2 s');
  });

  it('shows the context as chips that the keyboard removes', async () => {
    await panel.say({
      type: 'context',
      context: [
        { id: 'a', kind: 'activeFile', label: 'app.py', path: 'src/app.py' },
        { id: 'b', kind: 'selection', label: 'parser.py, lines 4-9', path: 'src/parser.py', tokens: 96 },
      ],
    });
    await panel.page.getByRole('button', { name: 'Remove app.py' }).focus();
    await panel.page.keyboard.press('ArrowRight');
    await panel.page.keyboard.press('Delete');
    assert.deepEqual(await messages('removeContext'), [{ type: 'removeContext', id: 'b' }]);
    await panel.page.getByRole('button', { name: 'Add Context...' }).click();
    assert.equal((await messages('addContext')).length, 1);
  });

  it('offers context while an @-word is written', async () => {
    await composer().focus();
    await panel.page.keyboard.type('fix @pa');
    // What is typed is asked for after it is drawn.
    await panel.say();
    assert.deepEqual((await messages('findCandidates')).at(-1), { type: 'findCandidates', query: 'pa' });
    const candidates = [
      { id: '1', kind: 'folder' as const, label: 'src/parser/', detail: '9 files', tokens: 41_200 },
      { id: '2', kind: 'file' as const, label: 'src/parser.py', detail: '', tokens: 3100 },
    ];
    await panel.say({ type: 'candidates', query: 'pa', candidates });
    const option = () => composer().getAttribute('aria-activedescendant');
    assert.equal(await option(), 'context-option-0');
    await panel.page.keyboard.press('Tab');
    assert.equal(await composer().inputValue(), 'fix @src/parser/', 'a folder is looked into');
    await panel.page.keyboard.press('ArrowDown');
    assert.equal(await option(), 'context-option-1');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await messages('addCandidate'), [{ type: 'addCandidate', id: '2' }]);
    assert.equal(await composer().inputValue(), 'fix ');
    assert.equal(await panel.page.getByRole('listbox').count(), 0);
    await panel.page.keyboard.type('@x');
    await panel.page.getByRole('listbox').waitFor();
    await panel.page.keyboard.press('Escape');
    assert.equal(await panel.page.getByRole('listbox').count(), 0);
    assert.equal(await composer().inputValue(), 'fix @x', 'Escape closes only the list');
  });

  it('shows the budget while it is open', async () => {
    await panel.say({ type: 'model', model: { name: 'Small 2', kind: 'local', contextSize: 32_768 } });
    await panel.say(...tell(user('go'), answer('Done.'), done));
    const meter = panel.page.getByRole('button', { name: 'Context, 12.7k of 32k, 12,730 of 32,768 tokens, 38%' });
    await meter.click();
    const parts = {
      system: 2911,
      rules: 420,
      files: 4210,
      message: 0,
      conversation: 5201,
      answer: 4096,
      condensable: 3880,
    };
    await panel.say({ type: 'budget', budget: { ...parts, size: 32_768, exact: true } });
    const popup = panel.page.getByRole('group', { name: 'Context' });
    assert.match(await textOf(popup), /12,742 of 32,768 tokens, 38%.*Rules \(AGENTS\.md\)420.*frees about 3,880/s);
    await popup.getByRole('button', { name: 'Condense' }).click();
    await panel.page.keyboard.press('Escape');
    assert.equal(await popup.count(), 0);
    assert.equal(await focused(), 'Context, 12.7k of 32k, 12,730 of 32,768 tokens, 38%');
    assert.deepEqual(
      (await panel.heard()).filter(({ type }) => /watchBudget|condense/.test(type)),
      [{ type: 'watchBudget', draft: '' }, { type: 'condense' }, { type: 'watchBudget', draft: null }],
    );
  });

  it('offers models at the first run, and shows what is downloaded', async () => {
    const choice = { detail: '32k context', recommended: false, bytes: 5.2e9 };
    await panel.say({
      type: 'firstRun',
      firstRun: {
        machine: 'RTX 4090 24 GB',
        choices: [
          { ...choice, id: 'a', title: 'Small 2', recommended: true },
          { ...choice, id: 'b', title: 'Ministral' },
        ],
      },
    });
    await panel.page.getByRole('radio', { name: /Small 2/ }).focus();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    await panel.page.getByRole('button', { name: 'Use a File...' }).click();
    await panel.page.getByRole('button', { name: 'Use a Server...' }).click();
    const download = { id: 'd', name: 'Small 2', received: 6.2e9, total: 14.3e9, bytesPerSecond: 48e6, runs: true };
    await panel.say({ type: 'firstRun', firstRun: null }, { type: 'downloads', downloads: [download] });
    const bar = panel.page.getByRole('progressbar', { name: 'Small 2' });
    assert.equal(await bar.getAttribute('aria-valuetext'), '43%, 6.2 GB of 14.3 GB, 2 min 49 s left');
    await panel.page.getByRole('button', { name: 'Pause' }).click();
    const said = (await panel.heard()).filter(({ type }) => /startModel|useFile|addServer|download/.test(type));
    assert.deepEqual(said, [
      { type: 'startModel', id: 'b' },
      { type: 'useFile' },
      { type: 'addServer' },
      { type: 'download', id: 'd', action: 'pause' },
    ]);
  });
});
