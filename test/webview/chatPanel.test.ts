import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { Asked, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { HostMessage, Pending } from '../../webview/protocol.ts';
import { type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { answer, begin, done, events, finish, messagesOf, stateOf, user } from './sampleEvents.ts';
import { themes } from './themes.ts';

describe('chat panel', function () {
  this.timeout(30_000);
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open();
    told = 0;
  });
  afterEach(async () => {
    assert.deepEqual(await panel.violations(), [], 'the page asks for nothing that its policy refuses');
    await panel.close();
  });

  const composer = () => panel.page.getByRole('textbox', { name: 'Message' });
  const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';
  const text = (piece: string) => ({ type: 'text', text: piece }) as const;
  const focused = () =>
    panel.page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
    });
  /** Events as the extension tells them, one message each, going on where the last ones ended. */
  let told = 0;
  const tell = (...list: (AgentEvent | ShownEvent)[]): HostMessage[] => {
    const numbered = events(list, told);
    told += numbered.filter((event) => 'index' in event).length;
    return numbered.map((event) => ({ type: 'events', sessionId: 'session', events: [event] }));
  };
  const permission = (more: Partial<Asked> = {}): Pending => ({
    ...{ kind: 'permission', at: Date.now() },
    asked: {
      ...{ callId: 'c', title: 'Run npm install zod@4', risk: 'medium', what: 'npm install zod@4', staged: 0 },
      ...{ where: 'packages/cli', reasons: ['Writes package.json and opens the network'], rule: 'npm install *' },
      ...more,
    },
  });
  /** What is drawn and said after a frame. */
  async function becomes(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries++) {
      assert.ok(tries < 100, `${what} did not come; the focus is on ${await focused()}`);
      await panel.page.waitForTimeout(20);
    }
  }
  const focusComes = (label: RegExp) => becomes(String(label), async () => label.test(await focused()));
  const comes = (type: string) => becomes(type, async () => (await messages(type)).length > 0);
  const messages = async (type: string) => (await panel.heard()).filter((message) => message.type === type);

  it('says in one line what it is for and where the code stays', async () => {
    const firstRun = panel.page.locator('.first-run');
    assert.match(await textOf(firstRun), /runs on this computer; your code stays here/);
    await panel.say({ type: 'model', model: { name: 'vLLM', kind: 'server' } });
    assert.match(await textOf(firstRun), /goes to vLLM and nowhere else/);
  });

  it('draws markdown while it streams and keeps the elements of what is settled', async () => {
    await panel.say(...tell(user('why does test_add fail?'), text('# Cause\n\nThe **sign** is')));
    await panel.page.locator('.markdown h3').evaluate((element) => element.setAttribute('data-kept', 'yes'));
    await panel.say(...tell(text(' wrong:\n\n```python\ndef add(a, b):\n    return a')));
    assert.equal(await panel.page.locator('.code-block .hljs-keyword').count(), 0, 'plain until the fence closes');
    assert.equal(await panel.page.locator('.code-actions').count(), 0);
    const whole = '# Cause\n\nThe **sign** is wrong:\n\n```python\ndef add(a, b):\n    return a + b\n```\n\nDone.';
    await panel.say(...tell(text(' + b\n```\n\nDone.'), answer(whole), done));
    assert.equal(await panel.page.locator('.markdown h3[data-kept]').textContent(), 'Cause');
    assert.equal(await panel.page.locator('.markdown strong').textContent(), 'sign');
    assert.equal(await panel.page.locator('.code-block .hljs-keyword').first().textContent(), 'def');
    for (const name of ['Copy', 'Insert at Cursor', 'Apply as Diff', 'New File']) {
      await panel.page.getByRole('button', { name, exact: true }).click();
    }
    const code = 'def add(a, b):\n    return a + b';
    assert.deepEqual((await panel.heard()).slice(-4), [
      { type: 'copy', text: code },
      { type: 'insertCode', text: code },
      { type: 'applyCode', text: code, language: 'python' },
      { type: 'newFile', text: code, language: 'python' },
    ]);
  });

  it('folds long code, and unfolds it', async () => {
    const code = Array.from({ length: 84 }, (_, line) => `line ${line}`).join('\n');
    await panel.say(...tell(user('show'), text(`\`\`\`\n${code}`)));
    assert.match(
      await textOf(panel.page.locator('.code-block code')),
      /^line 54\n.*line 83$/s,
      'the end while it is written',
    );
    await panel.say(...tell(answer(`\`\`\`\n${code}\n\`\`\``), done));
    assert.match(await textOf(panel.page.locator('.code-block code')), /^line 0\n.*line 29$/s);
    await panel.page.getByRole('button', { name: 'Show all 84 lines' }).click();
    assert.equal(await textOf(panel.page.locator('.code-block code')), code);
  });

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
    await keyboard.press('Shift+Tab');
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

  it('steers and queues while it works, and gives a waiting message back', async () => {
    const waiting = [
      { id: 'w1', kind: 'steer', text: 'use pathlib' },
      { id: 'w2', kind: 'queue', text: 'then the docs' },
    ] as const;
    await panel.say(...tell(user('go'), text('I go')));
    const input = composer();
    await input.fill('use pathlib');
    assert.equal(await textOf(panel.page.locator('.composer-hint')), 'Enter steers, Alt+Enter queues');
    await input.press('Enter');
    await input.fill('then the docs');
    await input.press('Alt+Enter');
    assert.deepEqual(await messages('send'), [
      { type: 'send', text: 'use pathlib', whenBusy: 'steer' },
      { type: 'send', text: 'then the docs', whenBusy: 'queue' },
    ]);
    await panel.say(...tell({ type: 'waiting', messages: [...waiting] }));
    assert.match(
      await textOf(panel.page.getByRole('list', { name: 'Waiting messages' })),
      /after this step.*turn is done/s,
    );
    await input.press('ArrowUp');
    await panel.page.getByRole('button', { name: 'Drop: use pathlib' }).click();
    assert.deepEqual(await messages('takeBack'), [
      { type: 'takeBack', messageId: 'w2', edit: true },
      { type: 'takeBack', messageId: 'w1', edit: false },
    ]);
    await panel.say({ type: 'settings', settings: { reasoning: 'folded', whileRunning: 'queue' } });
    await input.fill('now');
    await input.press('Enter');
    assert.equal(
      (await messages('send')).at(-1)?.type === 'send' && JSON.stringify((await messages('send')).at(-1)),
      JSON.stringify({ type: 'send', text: 'now', whenBusy: 'queue' }),
    );
  });

  it('stops with the button and with Escape in an empty composer, and keeps what arrived', async () => {
    await panel.say(...tell(user('go'), text('The sign')));
    const input = composer();
    await input.fill('a draft');
    await input.press('Escape');
    assert.deepEqual(await messages('stop'), [], 'a draft is not lost');
    await input.fill('');
    await input.press('Escape');
    await panel.page.getByRole('button', { name: 'Stop' }).click();
    assert.equal((await messages('stop')).length, 2);
    const stopped: AgentEvent = { type: 'answer', text: 'The sign', reasoning: '', calls: [], cut: 'stopped' };
    await panel.say(...tell(stopped, { type: 'end', reason: 'stopped' }));
    assert.match(await textOf(panel.page.locator('.answer')), /The sign\s*Stopped\./);
    assert.equal(await panel.page.getByRole('button', { name: 'Stop' }).count(), 0);
    assert.equal(await panel.page.locator('article[aria-busy=true]').count(), 0);
    await panel.page.getByRole('button', { name: 'Continue' }).click();
    assert.equal((await messages('continue')).length, 1);
  });

  it('shows measured progress where the answer will be, and what a turn cost', async () => {
    const reading = { phase: 'reading', done: 12_292, total: 16_500, reused: 4100, msLeft: 6000 } as const;
    await panel.say(...tell(user('go')));
    await panel.page.locator('.progress').waitFor();
    assert.match(await textOf(panel.page.locator('.progress')), /^Waiting for Small 2, /);
    await panel.say(...tell({ type: 'progress', progress: reading }));
    const row = panel.page.locator('.progress-text');
    assert.equal(await row.textContent(), 'Reading 8,192 of 12,400 tokens, 6 s left (4,100 reused)');
    assert.equal(await panel.page.getByRole('progressbar', { name: 'Reading the prompt' }).getAttribute('value'), '66');
    assert.equal(await panel.page.getByRole('status').textContent(), 'Reading, about 6 seconds');
    await panel.say(...tell(text('Yes.')));
    assert.equal(await row.count(), 0, 'the text takes its place');
    await panel.say(...tell(answer('Yes.'), done));
    assert.match(await textOf(panel.page.locator('.usage')), /^512 read, 11.9k reused, 318 written, 43 tok\/s, /);
  });

  it('keeps a notice, and says a silence in the answer until it goes on', async () => {
    const notice = { phase: 'notice', text: 'vLLM is down; Spare answers' } as const;
    const stalled = { phase: 'stalled', name: 'Spare', silentMs: 31_000 } as const;
    const reply = panel.page.locator('.message.answer');
    await panel.say(
      ...tell(user('go'), { type: 'progress', progress: notice }, text('One '), {
        type: 'progress',
        progress: stalled,
      }),
    );
    assert.match(await textOf(reply), /vLLM is down; Spare answers.*One.*Nothing from Spare for 31 s: wait or stop/s);
    await panel.say(...tell(text('two.'), answer('One two.'), done));
    assert.match(await textOf(reply), /vLLM is down; Spare answers/);
    assert.doesNotMatch(await textOf(reply), /Nothing from/);
  });

  it('shows a problem as a card, says it once, and names the button that was pressed', async () => {
    const report = problem('streamCut', { n: 412 }, 'POST /v1/chat/completions\n200, closed after 9.3 s');
    await panel.say(...tell(user('go'), text('The flag has to be read bef')));
    await composer().focus();
    await panel.say(...tell(answer('The flag has to be read bef'), { type: 'end', reason: 'failed', problem: report }));
    const card = panel.page.getByRole('group', { name: 'Error, The answer was cut off' });
    assert.match(await textOf(card), /The connection ended after 412 tokens; what arrived is kept\./);
    assert.equal(await panel.page.getByRole('alert').textContent(), `${report.title}. ${report.sentence}`);
    assert.equal(await focused(), 'Message', 'it takes no focus');
    assert.match(await textOf(panel.page.locator('.answer')), /The flag has to be read bef/);
    await card.getByRole('button', { name: 'Retry' }).click();
    await card.getByText('Details', { exact: true }).click();
    assert.equal(await card.locator('details pre').isVisible(), true);
    assert.deepEqual(await messages('runAction'), [{ type: 'runAction', event: 2, action: 'Retry' }]);
    await panel.say({ type: 'problem', problem: problem('internal', { reason: 'The sidecar ended.' }) });
    await panel.page.getByRole('group', { name: 'Error, Something' }).getByRole('button', { name: 'Close' }).click();
    assert.deepEqual((await messages('runAction')).at(-1), { type: 'runAction', event: -1, action: 'Close' });
  });

  it('asks for a permission without taking the focus, and gives it back after the answer', async () => {
    await panel.say(...tell(user('go'), begin('c', 'bash', 'npm install zod@4')));
    await composer().focus();
    await panel.say({ type: 'pending', sessionId: 'session', pending: permission() });
    const card = panel.page.getByRole('group', {
      name: 'Permission, Run npm install zod@4, in packages/cli, medium risk',
    });
    assert.match(
      await textOf(card),
      /npm install zod@4.*in packages\/cli.*opens the network.*Always would store: npm install \*/s,
    );
    assert.match(
      await textOf(panel.page.getByRole('alert')),
      /asks to run npm install zod@4\. Medium risk\. Alt Y allows once, Alt N rejects\./,
    );
    assert.equal(await focused(), 'Message');
    await card.getByRole('button', { name: /Allow Once/ }).click();
    await panel.say({ type: 'pending', sessionId: 'session', pending: null });
    assert.equal(await focused(), 'Message');
    const answers = { acceptStaged: false, callId: 'c', type: 'permit' };
    assert.deepEqual(await messages('permit'), [{ ...answers, answer: 'allow_once' }]);

    await panel.say({ type: 'pending', sessionId: 'session', pending: permission({ callId: 'd', staged: 2 }) });
    await panel.page.getByRole('button', { name: 'Accept All and Run' }).click();
    await panel.say({ type: 'pending', sessionId: 'session', pending: permission({ callId: 'e' }) });
    await panel.page.getByRole('button', { name: 'Reject and Say...' }).click();
    await panel.page.keyboard.type('use pnpm');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await messages('permit')).slice(1), [
      { ...answers, callId: 'd', answer: 'allow_once', acceptStaged: true },
      { ...answers, callId: 'e', answer: 'reject_once', word: 'use pnpm' },
    ]);
  });

  it('stores the rule that stands in the field, never a wider one', async () => {
    const always = async () => {
      await panel.page.getByRole('button', { name: 'Always...' }).click();
      return panel.page.getByRole('textbox', { name: 'Rule to store' });
    };
    await panel.say(...tell(user('go')), { type: 'pending', sessionId: 'session', pending: permission() });
    await (await always()).press('Enter');
    await panel.say({ type: 'pending', sessionId: 'session', pending: permission({ callId: 'd' }) });
    await (await always()).fill('npm install zod@4');
    await panel.page.getByRole('button', { name: 'Store and Allow' }).click();
    const said = (await panel.heard()).filter(({ type }) => type === 'permit' || type === 'keepRule');
    assert.deepEqual(said, [
      { type: 'permit', callId: 'c', answer: 'allow_always', acceptStaged: false },
      { type: 'keepRule', rule: 'npm install zod@4' },
      { type: 'permit', callId: 'd', answer: 'allow_once', acceptStaged: false },
    ]);
  });

  it('asks a question with choices and in words', async () => {
    const question = (id: string): HostMessage => ({
      ...{ type: 'pending', sessionId: 'session' },
      pending: { kind: 'question', at: Date.now(), id, question: 'Which one?', choices: ['Text', 'JSON'] },
    });
    await panel.say(...tell(user('go')), question('1'));
    await panel.page.getByRole('button', { name: 'JSON' }).click();
    await panel.say(question('2'));
    await panel.page.getByRole('textbox', { name: 'Answer' }).fill('both');
    await panel.page.keyboard.press('Enter');
    await panel.say(question('3'));
    await panel.page.getByRole('button', { name: 'Skip' }).click();
    assert.deepEqual(await messages('answerQuestion'), [
      { type: 'answerQuestion', id: '1', answer: 'JSON' },
      { type: 'answerQuestion', id: '2', answer: 'both' },
      { type: 'answerQuestion', id: '3', answer: null },
    ]);
  });

  it('decides on what is staged with buttons and keys, and keeps the focus', async () => {
    const hunks = (state: 'open' | 'accepted') => [
      { id: '1', firstLine: 12, lastLine: 18, state },
      { id: '2', firstLine: 40, lastLine: 44, state: 'open' as const },
      { id: '3', firstLine: 90, lastLine: 90, state: 'rejected' as const },
    ];
    const file = {
      uri: 'file:///w/cli.py',
      path: 'src/cli.py',
      operation: 'edit',
      added: 24,
      removed: 6,
      conflict: false,
    } as const;
    const staged = (state: 'open' | 'accepted'): HostMessage => ({
      ...{ type: 'staged', staged: { changeSetId: 's', title: '', files: [{ ...file, hunks: hunks(state) }] } },
    });
    await panel.say(staged('open'));
    const { keyboard } = panel.page;
    await panel.page.getByRole('treeitem', { name: /^cli\.py/ }).focus();
    await keyboard.press('y');
    await keyboard.press('ArrowDown');
    assert.match(await focused(), /^Lines 12-18 open/);
    await keyboard.press('n');
    await panel.page.getByRole('button', { name: 'Accept', exact: true }).first().click();
    await panel.say(staged('accepted'));
    assert.notEqual(await panel.page.evaluate(() => document.activeElement?.tagName), 'BODY');
    await panel.page.getByRole('button', { name: 'Reset' }).click();
    await panel.page.getByRole('button', { name: 'Accept 2 of 3' }).click();
    await panel.page.getByRole('button', { name: 'Review' }).click();
    const uri = file.uri;
    assert.deepEqual(
      (await panel.heard()).filter(({ type }) => /decide|reset|acceptAll|openReview/.test(type)),
      [
        { type: 'decideFile', uri, accept: true },
        { type: 'decideHunk', uri, hunkId: '1', accept: false },
        { type: 'decideHunk', uri, hunkId: '1', accept: true },
        { type: 'resetDecision', uri, hunkId: '1' },
        { type: 'acceptAll' },
        { type: 'openReview' },
      ],
    );
    await panel.say({ type: 'staged', staged: null });
    assert.equal(await focused(), 'Message', 'the bar went away with the focus');
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

  it('lists, searches, renames, opens and deletes sessions', async () => {
    const row = (id: string, title: string, state: 'waits' | 'done') => ({
      ...{ id, title, state, messages: 1, openElsewhere: false, startedAt: 0 },
      changedAt: Date.now(),
    });
    const sessions = [row('a', 'Make retry async', 'waits'), row('b', 'Explain', 'done'), row('c', 'Third', 'done')];
    await panel.say({ type: 'showHistory' });
    await comes('listSessions');
    assert.deepEqual(await messages('listSessions'), [{ type: 'listSessions', query: '' }]);
    await panel.say({ type: 'sessions', query: '', sessions });
    await focusComes(/^Search sessions$/);
    const { keyboard } = panel.page;
    await keyboard.press('ArrowDown');
    await focusComes(/^Make retry async, to review, /);
    await keyboard.press('F2');
    await keyboard.type('Retry');
    await keyboard.press('Enter');
    await comes('renameSession');
    assert.deepEqual(await messages('renameSession'), [{ type: 'renameSession', sessionId: 'a', title: 'Retry' }]);
    await keyboard.press('ArrowDown');
    await keyboard.press('Delete');
    await comes('removeSession');
    assert.deepEqual(await messages('removeSession'), [{ type: 'removeSession', sessionId: 'b' }]);
    const deleted = sessions.map((each) => (each.id === 'b' ? { ...each, removed: true as const } : each));
    await panel.say({ type: 'sessions', query: '', sessions: deleted });
    await becomes('the announcement', async () =>
      /Deleted, Undo available/.test(await textOf(panel.page.getByRole('status'))),
    );
    // The row stays in its place, and so does the focus.
    await focusComes(/^Undo$/);
    assert.match(await textOf(panel.page.locator('.removed-session')), /^Deleted: Explain/);
    await keyboard.press('Control+z');
    await comes('undoRemove');
    await panel.say({ type: 'sessions', query: '', sessions });
    await focusComes(/^Explain/);
    await keyboard.press('Delete');
    await panel.say({ type: 'sessions', query: '', sessions: deleted });
    await panel.page.getByRole('button', { name: 'Undo' }).click();
    assert.equal((await messages('undoRemove')).length, 2);
    // When the time is over the next row has it.
    await panel.page.getByRole('button', { name: 'Undo' }).focus();
    await panel.say({ type: 'sessions', query: '', sessions: sessions.filter(({ id }) => id !== 'b') });
    await focusComes(/^Third/);
    await keyboard.press('Escape');
    await focusComes(/^Message$/);
    await panel.say({ type: 'showHistory' }, { type: 'sessions', query: '', sessions });
    await panel.page.getByRole('button', { name: /^Third/ }).click();
    await comes('openSession');
    assert.deepEqual(await messages('openSession'), [{ type: 'openSession', sessionId: 'c' }]);
  });

  it('goes from one version of a prompt to the other, and back', async () => {
    const asked = (id: string, prompt: string, current: number, ...later: AgentEvent[]) =>
      stateOf(events([user('first'), answer('One.'), done, user(prompt), answer('Two.'), done, ...later]), {
        ...{ id, branches: [{ event: 3, current, sessions: ['session', 'b', 'c'] }] },
      });
    await panel.say(asked('session', 'second', 0));
    const versions = panel.page.getByRole('group', { name: 'Versions of this prompt' });
    assert.equal(await textOf(versions), '1 of 3');
    const next = versions.getByRole('button', { name: 'Next Version' });
    assert.equal(
      await versions.getByRole('button', { name: 'Previous Version' }).getAttribute('aria-disabled'),
      'true',
    );
    // By keyboard: from the conversation into the prompt.
    await panel.page.locator('article.prompt').last().focus();
    await panel.page.keyboard.press('Enter');
    await focusComes(/^Previous Version$/);
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await messages('openSession'), [], 'there is none before the first');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await messages('openSession'), [{ type: 'openSession', sessionId: 'b' }]);
    const long = Array.from({ length: 12 }, (_, at) => [
      user(`later ${at}`),
      answer('Long.\n\n'.repeat(9)),
      done,
    ]).flat();
    await panel.say(asked('b', 'second, better', 1, ...long));
    assert.equal(await textOf(versions), '2 of 3');
    await focusComes(/^Next Version$/);
    await becomes('the announcement', async () => (await textOf(panel.page.getByRole('status'))) === '2 of 3');
    assert.ok(await panel.page.getByText('second, better').isVisible());
    const box = await next.boundingBox();
    assert.ok(box && box.y > 0 && box.y < 720, `the prompt is in sight, not the end: ${JSON.stringify(box)}`);
    await panel.page.keyboard.press('Shift+Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await messages('openSession')).at(-1), { type: 'openSession', sessionId: 'session' });
    await panel.say(asked('session', 'second', 0));
    await focusComes(/^Previous Version$/);
  });

  it('opens a version at its prompt, however far back that lies', async () => {
    const branches = (current: number) => [{ event: 3, current, sessions: ['session', 'b'] }];
    const begun = [user('first'), answer('One.'), done, user('second'), answer('Two.'), done];
    await panel.say(stateOf(events(begun), { branches: branches(0) }));
    await panel.page.getByRole('button', { name: 'Next Version' }).click();
    const later = Array.from({ length: 200 }, (_, at) => [user(`later ${at}`), answer('Long.\n\n'.repeat(9)), done]);
    const list = events([...begun, ...later.flat()]);
    const told = messagesOf(list, { id: 'b', branches: branches(1) });
    assert.ok(told.length > 3, 'the prompt is in a later part');
    for (const message of told) await panel.say(message);
    await focusComes(/^Next Version$/);
    assert.equal(await textOf(panel.page.getByRole('group', { name: 'Versions of this prompt' })), '2 of 2');
    const box = await panel.page.getByText('second', { exact: true }).boundingBox();
    assert.ok(box && box.y > 0 && box.y < 720, `the prompt is in sight, not the end: ${JSON.stringify(box)}`);
  });

  it('moves waiting messages and asks after a stop whether to send the next', async () => {
    const waiting = ['use pathlib', 'then the docs'].map((text) => ({ ...{ id: text, kind: 'queue' as const }, text }));
    await panel.say(...tell(user('go'), text('I go')), ...tell({ type: 'waiting', messages: waiting }));
    const up = panel.page.getByRole('button', { name: 'Move Up: then the docs' });
    assert.equal(
      await panel.page.getByRole('button', { name: 'Move Up: use pathlib' }).getAttribute('aria-disabled'),
      'true',
    );
    await up.focus();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await messages('moveWaiting'), [{ type: 'moveWaiting', messageId: 'then the docs', by: -1 }]);
    await panel.say(...tell({ type: 'waiting', messages: [...waiting].reverse() }));
    await focusComes(/^Move Up: then the docs$/);
    assert.match(await textOf(panel.page.locator('.waiting li').first()), /^then the docs/);
    await panel.say(...tell({ type: 'end', reason: 'stopped' }));
    assert.equal(await textOf(panel.page.locator('.waiting .bar-title')), 'Send next?');
    await panel.page
      .getByRole('status')
      .filter({ hasText: /kept\. Send next\?$/ })
      .waitFor();
    await panel.page.getByRole('button', { name: 'Send Next' }).click();
    assert.deepEqual(await messages('sendNext'), [{ type: 'sendNext' }]);
    await focusComes(/^Message$/);
  });

  it('stops one command, also one that says nothing', async () => {
    await panel.say(...tell(user('go'), begin('c', 'bash', 'sleep 60')));
    const stop = panel.page.getByRole('button', { name: 'Stop Command' });
    await stop.waitFor();
    await stop.click();
    assert.deepEqual(await messages('stopCall'), [{ type: 'stopCall', callId: 'c' }]);
    await panel.say(...tell(finish('c', 'stopped by the person, 2.0 s', 'stopped', 2000, false)));
    assert.equal(await stop.count(), 0);
  });

  it('has the sessions beside the conversation where there is room, and the budget beside the composer', async () => {
    const { page } = panel;
    await page.setViewportSize({ width: 700, height: 720 });
    const column = page.getByRole('complementary', { name: 'Sessions' });
    await column.waitFor();
    await comes('listSessions');
    const row = {
      ...({ id: 'a', title: 'Retry', state: 'done', messages: 1, openElsewhere: false } as const),
      startedAt: 0,
      changedAt: Date.now(),
    };
    await panel.say({ type: 'sessions', query: '', sessions: [row] });
    const drawn = await column.boundingBox();
    assert.deepEqual([drawn?.width, drawn?.height], [220, 720]);
    const answer = 'Long.\n\n'.repeat(90);
    await panel.say(...tell(user('go'), { type: 'answer', text: answer, reasoning: '', calls: [] }, done));
    const field = await composer().boundingBox();
    assert.ok(field && field.y + field.height < 720, 'the conversation scrolls, not the page');
    await panel.say({ type: 'showHistory' });
    await focusComes(/^Search sessions$/);
    assert.ok(await composer().isVisible());
    await page.keyboard.press('Escape');
    await focusComes(/^Message$/);
    await column.getByRole('button', { name: /^Retry/ }).click();
    assert.deepEqual(await messages('openSession'), [{ type: 'openSession', sessionId: 'a' }]);
    await page.setViewportSize({ width: 1000, height: 720 });
    await panel.say({ type: 'model', model: { name: 'Small 2', kind: 'local', contextSize: 32_768 } });
    await page.getByRole('button', { name: /^Context, / }).click();
    const input = await composer().boundingBox();
    const budget = await page.getByRole('group', { name: 'Context' }).boundingBox();
    assert.ok(input && budget && budget.x >= input.x + input.width, 'beside, not over');
    assert.ok(budget && budget.x + budget.width <= 1000);
    await page.setViewportSize({ width: 640, height: 720 });
    await column.waitFor({ state: 'detached' });
  });

  it('sends an edited prompt, retries, forks and undoes a turn', async () => {
    const edit = begin('e', 'edit', 'Edit a.py');
    await panel.say(
      ...tell(user('first'), answer('One.'), done, user('second'), edit, finish('e', '+1 -1'), answer('Two.'), done),
    );
    await panel.page.getByRole('button', { name: 'Edit Prompt' }).last().click();
    await panel.page.keyboard.type('second, better');
    await panel.page.keyboard.press('Enter');
    for (const name of ['Copy Answer', 'Retry', 'Fork from Here', 'Undo Turn']) {
      await panel.page.getByRole('button', { name }).last().click();
    }
    assert.deepEqual(
      (await panel.heard()).filter(({ type }) => /resend|copy|fork|restoreTurn/.test(type)),
      [
        { type: 'resend', events: 3, text: 'second, better' },
        { type: 'copy', text: 'Two.' },
        { type: 'resend', events: 3, text: 'second' },
        { type: 'fork', events: 8 },
        { type: 'restoreTurn', turn: 3 },
      ],
    );
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

  it('counts the session that is shown, whatever was answered in another', async () => {
    const meter = panel.page.locator('.budget');
    const first = events([user('one'), answer('First.', [], '', 12_742), done]);
    await panel.say(stateOf(first));
    assert.equal(await meter.textContent(), '12.7k of 32k');
    await panel.say(stateOf([], { id: 'new' }));
    assert.equal(await meter.textContent(), '32k context');
    await panel.say({ type: 'events', sessionId: 'session', events: events([answer('More.', [], '', 20_000)], 3) });
    assert.equal(await meter.textContent(), '32k context');
    await panel.say(stateOf(events([user('two'), answer('Second.', [], '', 1312), done]), { id: 'other' }));
    assert.equal(await meter.textContent(), '1.3k of 32k');
    await panel.page.reload();
    await panel.say(stateOf(first));
    assert.equal(await meter.textContent(), '12.7k of 32k');
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

  it('is built again from one message, with the draft', async () => {
    await composer().fill('half a thought');
    await panel.page.reload();
    await panel.page.waitForFunction(() => document.querySelector('textarea')?.value === 'half a thought');
    const list = events([user('one'), answer('First.', [], '', 1312), done, user('two'), text('Seco')]);
    const model = { name: 'Starter', kind: 'local', contextSize: 8192 } as const;
    await panel.say(stateOf(list, { running: true, model, language: 'de' }));
    // What it has seen already may come again.
    await panel.say({ type: 'events', sessionId: 'session', events: [...list.slice(0, 4), { event: text('nd.') }] });
    await panel.say({ type: 'events', sessionId: 'another', events: [{ event: text('not here') }] });
    assert.deepEqual(await panel.page.locator('.markdown').allTextContents(), ['First.', 'Second.']);
    assert.equal(
      await panel.page.locator('.budget').textContent(),
      '1,3k of 8k',
      'numbers in the language of the editor',
    );
    assert.equal(await panel.page.getByRole('alert').textContent(), '', 'nothing old is announced');
  });

  it('follows the end, and lets a person who scrolled up read', async () => {
    const long = Array.from({ length: 80 }, (_, index) => `Paragraph ${index}.\n\n`).join('');
    await panel.say(...tell(user('go'), text(long)));
    const conversation = panel.page.getByRole('region', { name: 'Conversation' });
    const fromEnd = () =>
      conversation.evaluate((region) => region.scrollHeight - region.clientHeight - region.scrollTop);
    await panel.page.waitForFunction(() => {
      const region = document.querySelector('.conversation');
      return region && region.scrollHeight - region.clientHeight - region.scrollTop < 2;
    });
    await conversation.evaluate((region) => {
      region.scrollTop = 100;
    });
    const latest = panel.page.getByRole('button', { name: 'Latest' });
    await latest.waitFor();
    await panel.say(...tell(text(long)));
    assert.equal(await conversation.evaluate((region) => region.scrollTop), 100);
    await latest.click();
    await latest.waitFor({ state: 'detached' });
    assert.ok((await fromEnd()) < 24);
  });

  it('draws the end of a long session, and what is above it when the person gets there', async () => {
    const turns = Array.from({ length: 200 }, (_, n) => [user(`prompt ${n}`), answer(`Answer ${n}.`), done]).flat();
    await panel.say(stateOf(events(turns), { id: 'long' }));
    const prompts = panel.page.locator('.message.prompt');
    const first = await prompts.count();
    assert.ok(first < 60, `${first} of 200 turns are drawn`);
    assert.match(await textOf(prompts.last()), /prompt 199/);
    const conversation = panel.page.locator('.conversation');
    for (let tries = 0; tries < 40 && (await prompts.count()) < 200; tries++) {
      await conversation.evaluate((region) => {
        region.scrollTop = 0;
      });
      await panel.page.waitForTimeout(50);
    }
    assert.match(await textOf(prompts.first()), /prompt 0$/);
  });

  it('draws borders and no backgrounds in high contrast', async () => {
    await panel.close();
    panel = await browser.open({ theme: themes.highContrast });
    const report = problem('streamCut', { n: 412 });
    await panel.say(...tell(user('go'), { type: 'end', reason: 'failed', problem: report }));
    for (const selector of ['.card', '.card .button', '.composer']) {
      const style = await panel.page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { borderTopColor, borderTopWidth, backgroundColor } = getComputedStyle(element);
          return [borderTopColor, borderTopWidth, backgroundColor];
        });
      assert.deepEqual(style, ['rgb(111, 195, 223)', '1px', 'rgba(0, 0, 0, 0)'], selector);
    }
    await composer().focus();
    const outline = await panel.page.locator('.composer').evaluate((element) => getComputedStyle(element).outlineWidth);
    assert.equal(outline, '2px');
  });

  it('fits into 280 pixels: only code scrolls sideways', async () => {
    await panel.close();
    panel = await browser.open({ width: 280 });
    const long = `${'a_very_long_name_'.repeat(12)}\n\n\`\`\`js\n${'x + '.repeat(60)}1\n\`\`\`\n`;
    const report = problem('fileTooLarge', { file: 'src/a/long/path/parser.py', n: '41,200', room: '19,300' });
    await panel.say(...tell(user('go'), answer(long), { type: 'end', reason: 'failed', problem: report }));
    const overflow = await panel.page.evaluate(() => {
      const { body } = document;
      const region = document.querySelector('.conversation');
      return [body.scrollWidth - body.clientWidth, (region?.scrollWidth ?? 0) - (region?.clientWidth ?? 0)];
    });
    assert.deepEqual(overflow, [0, 0]);
    const code = await panel.page.locator('.code-block pre').evaluate((pre) => pre.scrollWidth > pre.clientWidth);
    assert.equal(code, true);
  });
});
