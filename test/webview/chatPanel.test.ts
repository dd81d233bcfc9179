import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { aTurn, type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
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
  });
  afterEach(async () => {
    assert.deepEqual(await panel.violations(), [], 'the page asks for nothing that its policy refuses');
    await panel.close();
  });

  const composer = () => panel.page.getByRole('textbox', { name: 'Message' });
  const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';
  const text = (piece: string): HostMessage => ({ type: 'text', turnId: 'turn', text: piece });
  const ended = (state: 'answered' | 'stopped'): HostMessage => ({ type: 'turnEnded', turnId: 'turn', state });
  const messages = async (type: string) => (await panel.heard()).filter((message) => message.type === type);

  it('says in one line what it is for and where the code stays', async () => {
    const firstRun = panel.page.locator('.first-run');
    assert.match(await textOf(firstRun), /runs on this computer; your code stays here/);
    await panel.say({ type: 'model', model: { name: 'vLLM', kind: 'server' } });
    assert.match(await textOf(firstRun), /goes to vLLM and nowhere else/);
  });

  it('draws markdown while it streams and keeps the elements of what is settled', async () => {
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text('# Cause\n\nThe **sign** is'));
    await panel.page.locator('.markdown h3').evaluate((element) => element.setAttribute('data-kept', 'yes'));
    await panel.say(text(' wrong:\n\n```python\ndef add(a, b):\n    return a'));
    assert.equal(await panel.page.locator('.code-block .hljs-keyword').count(), 0, 'plain until the fence closes');
    assert.equal(await panel.page.locator('.code-actions').count(), 0);
    await panel.say(text(' + b\n```\n\nDone.'), ended('answered'));
    assert.equal(await panel.page.locator('.markdown h3[data-kept]').textContent(), 'Cause');
    assert.equal(await panel.page.locator('.markdown strong').textContent(), 'sign');
    assert.equal(await panel.page.locator('.code-block .hljs-keyword').first().textContent(), 'def');
    await panel.page.getByRole('button', { name: 'Copy' }).click();
    await panel.page.getByRole('button', { name: 'Insert at Cursor' }).click();
    const code = 'def add(a, b):\n    return a + b';
    assert.deepEqual(await messages('copy'), [{ type: 'copy', text: code }]);
    assert.deepEqual(await messages('insertCode'), [{ type: 'insertCode', text: code }]);
  });

  it('never runs or loads what an answer contains', async () => {
    const hostile = [
      '<img src=x onerror="document.title=\'run\'"><script>document.title="run"</script>',
      '![picture](http://127.0.0.1:9/leak.png) [bad](javascript:document.title="run") [cmd](command:quit)',
      '<a href="javascript:alert(1)">x</a> <style>*{display:none}</style>',
      '```html\n<img src=x onerror=alert(1)>\n```',
    ].join('\n\n');
    const before = panel.requests.length;
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text(hostile));
    await panel.say(ended('answered'));
    assert.equal(await panel.page.title(), 'Devstral');
    assert.equal(await panel.page.locator('.markdown :is(img, script, style, iframe)').count(), 0);
    assert.match(await textOf(panel.page.locator('.markdown')), /<script>document\.title/, 'it stands there as text');
    const links = await panel.page.locator('.markdown a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    assert.deepEqual(links, ['http://127.0.0.1:9/leak.png']);
    await panel.page.locator('.markdown a').click();
    assert.deepEqual(await messages('openLink'), [{ type: 'openLink', href: 'http://127.0.0.1:9/leak.png' }]);
    assert.deepEqual(panel.requests.slice(before), [], 'nothing was fetched');
  });

  it('is used with the keyboard alone', async () => {
    const { keyboard } = panel.page;
    await panel.say({ type: 'focusComposer' });
    await keyboard.type('first line');
    await keyboard.press('Shift+Enter');
    await keyboard.type('second line');
    assert.deepEqual(await messages('send'), []);
    await keyboard.press('Enter');
    assert.deepEqual(await messages('send'), [{ type: 'send', prompt: 'first line\nsecond line' }]);
    assert.equal(await composer().inputValue(), '');
    const answer = 'See [the file](src/app.py#L3).\n\n```js\n1\n```\n';
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text(answer), ended('answered'));
    assert.deepEqual((await messages('focus')).at(-1), { type: 'focus', panel: true, input: true });

    const focused = () =>
      panel.page.evaluate(() => {
        const { activeElement } = document;
        return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
      });
    await keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'Add Context...');
    await keyboard.press('Shift+Tab');
    assert.match(await focused(), /^Starter, /, 'one stop for the conversation: its latest answer');
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
    assert.match(await focused(), /^Starter, /);
    await keyboard.press('Escape');
    assert.equal(await focused(), 'Message');
    assert.deepEqual((await messages('focus')).at(-1), { type: 'focus', panel: true, input: true });
  });

  it('stops with the button and with Escape in an empty composer, and keeps what arrived', async () => {
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text('The sign'));
    const input = composer();
    await input.fill('a draft');
    await input.press('Escape');
    await input.press('Enter');
    assert.deepEqual(
      [...(await messages('stop')), ...(await messages('send'))],
      [],
      'a draft is neither lost nor sent',
    );
    await input.fill('');
    await input.press('Escape');
    await panel.page.getByRole('button', { name: 'Stop' }).click();
    assert.equal((await messages('stop')).length, 2);
    await panel.say(ended('stopped'));
    assert.match(await textOf(panel.page.locator('.answer')), /The sign\s*Stopped\./);
    assert.equal(await panel.page.getByRole('button', { name: 'Stop' }).count(), 0);
    assert.equal(await panel.page.locator('article[aria-busy=true]').count(), 0);
  });

  it('shows measured progress where the answer will be, and what a turn cost', async () => {
    const reading = { phase: 'reading', done: 12_292, total: 16_500, reused: 4100, msLeft: 6000 } as const;
    await panel.say({ type: 'turnStarted', turn: aTurn() });
    assert.equal(await panel.page.locator('.progress').textContent(), 'Waiting for Starter, 1 s');
    await panel.say({ type: 'progress', turnId: 'turn', progress: reading });
    const row = panel.page.locator('.progress-text');
    assert.equal(await row.textContent(), 'Reading 8,192 of 12,400 tokens, 6 s left (4,100 reused)');
    assert.equal(
      await panel.page.getByRole('progressbar', { name: 'Reading the prompt' }).getAttribute('aria-valuenow'),
      '66',
    );
    assert.equal(await panel.page.getByRole('status').textContent(), 'Reading, about 6 seconds');
    await panel.say(text('Yes.'));
    assert.equal(await row.count(), 0, 'the text takes its place');
    const usage = { promptTokens: 12_412, reusedTokens: 11_900, outputTokens: 318, tokensPerSecond: 43.2, ms: 9400 };
    await panel.say({ type: 'turnEnded', turnId: 'turn', state: 'answered', usage });
    assert.equal(
      await panel.page.locator('.usage').textContent(),
      '512 read, 11.9k reused, 318 written, 43 tok/s, 9.4 s',
    );
  });

  it('keeps a notice, and says a silence in the answer until it goes on', async () => {
    const notice = { phase: 'notice', text: 'vLLM is down; Spare answers' } as const;
    const stalled = { phase: 'stalled', name: 'Spare', silentMs: 31_000 } as const;
    const answer = panel.page.locator('.message.answer');
    await panel.say({ type: 'turnStarted', turn: aTurn() }, { type: 'progress', turnId: 'turn', progress: notice });
    await panel.say(text('One '), { type: 'progress', turnId: 'turn', progress: stalled });
    assert.match(
      await textOf(answer),
      /vLLM is down; Spare answers\..*One.*Nothing from Spare for 31 s: wait or stop/s,
    );
    await panel.say(text('two.'), ended('answered'));
    assert.match(await textOf(answer), /vLLM is down; Spare answers\./);
    assert.doesNotMatch(await textOf(answer), /Nothing from/);
  });

  it('shows a problem as a card, says it once, and names the button that was pressed', async () => {
    const report = problem('streamCut', { n: 412 }, 'POST /v1/chat/completions\n200, closed after 9.3 s');
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text('The flag has to be read bef'));
    await composer().focus();
    await panel.say({ type: 'turnEnded', turnId: 'turn', state: 'failed', problem: report });
    const card = panel.page.getByRole('group', { name: 'Error, The answer was cut off' });
    assert.match(await textOf(card), /The connection ended after 412 tokens; what arrived is kept\./);
    assert.equal(await panel.page.getByRole('alert').textContent(), `${report.title}. ${report.sentence}`);
    assert.equal(await panel.page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA', 'it takes no focus');
    assert.match(await textOf(panel.page.locator('.answer')), /The flag has to be read bef/);
    await card.getByRole('button', { name: 'Retry' }).click();
    await card.getByText('Details', { exact: true }).click();
    assert.equal(await card.locator('details pre').isVisible(), true);
    assert.deepEqual(await messages('runAction'), [{ type: 'runAction', turnId: 'turn', action: 'Retry' }]);
  });

  it('shows the context as chips that the keyboard removes', async () => {
    await panel.say({
      type: 'context',
      context: [
        { id: 'a', kind: 'activeFile', label: 'app.py', path: 'src/app.py' },
        { id: 'b', kind: 'selection', label: 'parser.py, lines 4-9', path: 'src/parser.py' },
      ],
    });
    await panel.page.getByRole('button', { name: 'Remove app.py' }).focus();
    await panel.page.keyboard.press('ArrowRight');
    await panel.page.keyboard.press('Delete');
    assert.deepEqual(await messages('removeContext'), [{ type: 'removeContext', id: 'b' }]);
    await panel.page.getByRole('button', { name: 'Add Context...' }).click();
    assert.equal((await messages('addContext')).length, 1);
  });

  it('is built again from one message, with the draft', async () => {
    await composer().fill('half a thought');
    await panel.page.reload();
    await panel.page.waitForFunction(() => document.querySelector('textarea')?.value === 'half a thought');
    const turns = [aTurn({ id: 'one', answer: 'First.', state: 'answered' }), aTurn({ id: 'two', answer: 'Seco' })];
    await panel.say({
      type: 'state',
      sessionId: 's',
      turns,
      context: [],
      model: { name: 'Starter', kind: 'local', contextUsed: 1312, contextSize: 8192 },
      language: 'de',
    });
    await panel.say({ type: 'text', turnId: 'two', text: 'nd.' });
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
    await panel.say({ type: 'turnStarted', turn: aTurn() }, text(long));
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
    await panel.say(text(long));
    assert.equal(await conversation.evaluate((region) => region.scrollTop), 100);
    await latest.click();
    await latest.waitFor({ state: 'detached' });
    assert.ok((await fromEnd()) < 24);
  });

  it('draws borders and no backgrounds in high contrast', async () => {
    await panel.close();
    panel = await browser.open({ theme: themes.highContrast });
    const report = problem('streamCut', { n: 412 });
    await panel.say({ type: 'turnStarted', turn: aTurn({ state: 'failed', problem: report }) });
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
    await panel.say({ type: 'turnStarted', turn: aTurn({ answer: long, state: 'failed', problem: report }) });
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
