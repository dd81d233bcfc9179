import assert from 'node:assert/strict';
import { chatPanel, text, textOf } from './chatPanel.ts';
import { answer, done, events, stateOf, user } from './sampleEvents.ts';

describe('chat panel: sessions', function () {
  this.timeout(30_000);
  const panel = chatPanel();
  const { tell, composer, becomes, focusComes, comes, messages } = panel;

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
    // The row has the focus again once its field is gone.
    await focusComes(/^Make retry async, to review, /);
    await keyboard.press('ArrowDown');
    await focusComes(/^Explain/);
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
});
