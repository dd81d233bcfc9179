import assert from 'node:assert/strict';
import type { HostMessage } from '../../webview/protocol.ts';
import { chatPanel, permission, textOf } from './chatPanel.ts';
import { begin, user } from './sampleEvents.ts';

describe('chat panel: what it asks the person', function () {
  this.timeout(30_000);
  const panel = chatPanel();
  const { tell, composer, focused, messages } = panel;

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

  it('takes one answer of a key that is held, whatever comes after the card', async () => {
    const { page } = panel;
    const { keyboard } = page;
    await panel.say(...tell(user('go')), { type: 'pending', sessionId: 'session', pending: permission() });
    // What VS Code hears of keys it hears at the window.
    await page.evaluate(() => {
      window.addEventListener('keydown', ({ key }) => document.body.setAttribute(`data-heard-${key}`, ''));
    });
    const heard = async (key: string) => {
      const name = `data-heard-${key}`;
      const is = (await page.locator(`body[${name}]`).count()) > 0;
      await page.evaluate((each) => document.body.removeAttribute(each), name);
      return is;
    };
    await composer().focus();
    for (const modifier of ['Alt', 'Meta'])
      for (const key of ['y', 'n']) {
        await keyboard.down(modifier);
        await keyboard.down(key);
        assert.equal(await heard(key), true, `${modifier} ${key} at first`);
        await keyboard.down(key);
        assert.equal(await heard(key), false, `${modifier} ${key} held`);
        await keyboard.up(key);
        await keyboard.up(modifier);
      }
    // Enter, and into the field that it opened.
    await page.getByRole('button', { name: 'Always...' }).focus();
    for (let count = 0; count < 3; count++) await keyboard.down('Enter');
    await keyboard.up('Enter');
    assert.equal(await page.getByRole('textbox', { name: 'Rule to store' }).isVisible(), true);
    assert.deepEqual(await messages('permit'), []);
    await keyboard.press('Enter');
    assert.equal((await messages('permit')).length, 1);
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
});
