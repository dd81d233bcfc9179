import assert from 'node:assert/strict';
import { problem } from '../../sidecar/protocol/problems.ts';
import { chatPanel, text, textOf } from './chatPanel.ts';
import { answer, done, events, stateOf, user } from './sampleEvents.ts';
import { themes } from './themes.ts';

describe('chat panel: answers, notices and problems', function () {
  this.timeout(30_000);
  const panel = chatPanel();
  const { tell, composer, focused, messages } = panel;

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
    const writing = { phase: 'writing', attempt: 1, attempts: 1, form: 'text', lines: 1, changes: 0 } as const;
    const speed = panel.page.locator('.speed');
    await panel.say(...tell({ type: 'progress', progress: { ...writing, tokensPerSecond: 43.2 } }, text(' No.')));
    assert.equal(await textOf(speed), '43 tok/s');
    assert.equal(await row.count(), 0);
    const call = { ...writing, form: 'file', lines: 84, tokensPerSecond: 9.46 } as const;
    await panel.say(...tell({ type: 'progress', progress: call }));
    assert.equal(await row.textContent(), 'Writing line 84, 9.5 tok/s', 'a call is not seen before it is whole');
    assert.equal(await textOf(speed), '9.5 tok/s');
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
    await panel.reopen({ theme: themes.highContrast });
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
    await panel.reopen({ width: 280 });
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
