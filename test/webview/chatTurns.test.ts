import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { chatPanel, text, textOf } from './chatPanel.ts';
import { answer, begin, done, events, finish, messagesOf, stateOf, user } from './sampleEvents.ts';

describe('chat panel: a turn that runs, and what became of it', function () {
  this.timeout(30_000);
  const panel = chatPanel();
  const { tell, composer, becomes, focusComes, messages } = panel;

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
    await panel.say({ type: 'focusComposer', text: 'then the docs' });
    assert.equal(await input.inputValue(), 'then the docs');
    await input.fill('one more thing');
    await panel.say({ type: 'focusComposer', text: 'then the docs' });
    assert.equal(await input.inputValue(), 'then the docs\n\none more thing', 'what is being written stays');
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

  it('has entries in the menu of VS Code for an answer and its code', async () => {
    await panel.say(
      ...tell(user('first'), answer('One:\n\n```py\na = 1\n```'), done, user('second'), answer('Two.'), done),
    );
    const open = async (place: Locator) => {
      await place.click({ button: 'right' });
      // As VS Code reads where it was opened: from all elements around, the inner ones first.
      return place.evaluate((element) => {
        const around = element.closest<HTMLElement>('[data-vscode-context]');
        return JSON.parse(around?.dataset.vscodeContext ?? '{}').webviewSection;
      });
    };
    const menu = (action: 'copyMarkdown' | 'insertCode' | 'fork') => panel.say({ type: 'menuAction', action });
    await menu('fork');
    assert.equal(await open(panel.page.getByText('a = 1')), 'code');
    await menu('insertCode');
    await menu('insertCode');
    assert.equal(await open(panel.page.getByText('One:')), 'answer');
    await menu('copyMarkdown');
    assert.equal(await open(panel.page.getByText('One:')), 'answer');
    await menu('fork');
    assert.equal(await open(composer()), undefined);
    await menu('fork');
    assert.deepEqual(
      (await panel.heard()).filter(({ type }) => /copy|fork|insert/.test(type)),
      [
        { type: 'insertCode', text: 'a = 1' },
        { type: 'copy', text: 'One:\n\n```py\na = 1\n```' },
        { type: 'fork', events: 3 },
      ],
    );
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
});
