import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { buggy, firstMended, mended } from './fixHost.ts';
import { call, createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

const tabSize = () => vscode.workspace.getConfiguration('editor').get('tabSize');

describe('a session of the agent', () => {
  let host: SessionHost;
  before(async () => {
    host = await createSessionHost();
  });
  beforeEach(() => host.newSession());
  afterEach(async () => {
    host.page.send({ type: 'stop' });
    await host.reset();
  });
  after(() => host.stop());

  const edit = (name: string, from: string, to: string) =>
    call('edit', { file_path: host.relative(name), old_string: from, new_string: to });

  it('reads, edits two files, has them reviewed, and tells the model exactly what was decided', async () => {
    const { page } = host;
    await host.open('b.py', 'b = 1\n');
    await host.open('a.py', buggy);
    host.script(
      call('read', { file_path: host.relative('a.py') }),
      edit('a.py', 'values[1]', 'values[0]'),
      edit('a.py', '(len(values) - 1)', 'len(values)'),
      edit('b.py', 'b = 1', 'b = 2'),
      says('Both are mended.'),
    );
    page.say('mend both');
    const staged = await waitFor('the review', () => page.staged());
    assert.deepEqual(staged.files.map(({ path }) => path.split('/').at(-1)).sort(), ['a.py', 'b.py']);
    assert.equal(host.text('a.py'), buggy, 'nothing is written before it is accepted');
    const a = staged.files.find(({ path }) => path.endsWith('a.py')) ?? assert.fail('a.py is not there');
    const second = a.hunks[1] ?? assert.fail('one change only');
    page.send({ type: 'decideHunk', uri: a.uri, hunkId: second.id, accept: false });
    await waitFor('the rejection', () =>
      page.staged()?.files.some((file) => file.hunks.some(({ state }) => state === 'rejected')),
    );
    page.send({ type: 'acceptAll' });
    await page.ended();
    assert.equal(host.text('a.py'), firstMended);
    assert.equal(host.text('b.py'), 'b = 2\n');
    const reviewed = page.kept().find(({ type }) => type === 'reviewed');
    assert.ok(reviewed?.type === 'reviewed');
    assert.deepEqual(
      reviewed.files.map(({ path, accepted, rejected }) => [path.split('/').at(-1), accepted, rejected]).sort(),
      [
        ['a.py', 1, 1],
        ['b.py', 1, 0],
      ],
    );

    // The next message tells the model what became of its edits.
    host.script(says('I see.'));
    page.say('and now?');
    await page.ended(2);
    const body = host.bodies().at(-1) ?? '';
    assert.ok(body.includes(JSON.stringify(reviewed.told).slice(1, -1)), 'what was told is in the prompt');
    assert.match(reviewed.told, /a\.py: 1 of 2 changes accepted/);
    assert.match(reviewed.told, /\+ {4}return sum\(values\) \/ \(len\(values\) - 1\)/);
    assert.equal(page.title(), 'mend both');
  });

  it('takes a steer at the next step, a queued message after the turn, and gives one back', async () => {
    const { page } = host;
    await host.open('a.py', buggy);
    host.script({ ...call('read', { file_path: host.relative('a.py') }), delayMs: 2000 }, says('Done.'));
    page.say('look');
    await waitFor('the first step', () => host.bodies().length === 1);
    page.say('use pathlib');
    page.say('then the docs', 'queue');
    page.say('never', 'queue');
    const waiting = await waitFor('the messages that wait', () => {
      const told = page.session().events.findLast(({ event }) => event.type === 'waiting')?.event;
      return told?.type === 'waiting' && told.messages.length === 3 && told.messages;
    });
    page.send({ type: 'takeBack', messageId: waiting[2]?.id ?? '', edit: true });
    await waitFor('the message in the composer', () =>
      page.messages.some((message) => message.type === 'focusComposer' && message.text === 'never'),
    );
    await page.ended(2);
    const said = page
      .kept()
      .flatMap((event) => (event.type === 'user' || event.type === 'steer' ? [`${event.type} ${event.text}`] : []));
    assert.deepEqual(said, ['user look', 'steer use pathlib', 'user then the docs']);
  });

  it('stops in the middle, keeps what was written and staged, and goes on', async () => {
    const { page } = host;
    await host.open('a.py', buggy);
    host.script(edit('a.py', 'values[1]', 'values[0]'), { stream: ['Well, then ', { hang: true }] });
    page.say('mend it');
    await waitFor('text', () => page.partial() === 'Well, then ');
    await host.run('devstral.stop');
    await page.ended();
    const [answer, end] = page.kept().slice(-2);
    assert.ok(answer?.type === 'answer' && answer.text === 'Well, then ' && answer.cut === 'stopped');
    assert.ok(end?.type === 'end' && end.reason === 'stopped');
    const staged = await waitFor('the edit that waits', () => page.staged());
    assert.equal(staged.files.length, 1);
    assert.equal(host.text('a.py'), buggy);

    host.script(says('Done.'));
    page.send({ type: 'continue' });
    await waitFor('the review', () => page.staged());
    page.send({ type: 'acceptAll' });
    await page.ended(2);
    assert.equal(host.text('a.py'), firstMended);
  });

  it('is shown whole by a page that is built anew, also while it runs', async () => {
    const { page } = host;
    host.script({ stream: ['One ', 'two ', { delayMs: 300 }, 'three ', { hang: true }] });
    page.say('count');
    await waitFor('text', () => page.partial() === 'One two three ');
    const second = await host.openPage();
    assert.equal(second.session().id, page.session().id);
    assert.equal(second.partial(), 'One two three ');
    assert.equal(second.session().running, true);
    second.dispose();
    await host.run('devstral.stop');
    await page.ended();
  });

  it('runs on while another is shown, and is there whole when it is opened again', async () => {
    const { page } = host;
    host.script({ stream: ['First. '], delayMs: 1500 });
    page.say('the slow one');
    await waitFor('the request', () => host.bodies().length === 1);
    const slow = await waitFor('its id', () => page.session().id);
    await host.newSession();
    host.script(says('Second.'));
    page.say('the quick one');
    const states = await page.sessions();
    assert.equal(states.find(({ id }) => id === slow)?.state, 'running');
    await page.ended();
    await waitFor(
      'the slow one to end',
      async () => (await page.sessions()).find(({ id }) => id === slow)?.state === 'done',
    );
    page.send({ type: 'openSession', sessionId: slow });
    await waitFor('the slow one', () => page.session().id === slow);
    const texts = page.kept().flatMap((event) => (event.type === 'answer' ? [event.text] : []));
    assert.deepEqual(texts, ['First. ']);
  });

  it('applies edits at once in Accept Edits, chosen in the picker, and stays in that mode', async () => {
    const { page } = host;
    await host.open('a.py', buggy);
    assert.equal(page.mode(), 'ask');
    host.messages.pick('Accept Edits');
    page.send({ type: 'setMode' });
    await waitFor('the mode', () => page.mode() === 'accept-edits');
    host.script(edit('a.py', 'values[1]', 'values[0]'), says('Done.'));
    page.say('mend it');
    await page.ended();
    assert.equal(host.text('a.py'), firstMended);
    assert.equal(page.staged(), undefined);
    // Another process has forgotten it; the window has not.
    await host.run('devstral.restartSidecar');
    await waitFor('the session again', () => page.session().events.length > 0 && page.mode() === 'accept-edits');
    host.script(edit('a.py', '(len(values) - 1)', 'len(values)'), says('Done.'));
    page.say('and the other');
    await page.ended(2);
    assert.equal(host.text('a.py'), mended);
  });

  it('gives the mode of the settings to a new session, and never that of a workspace', async () => {
    const { page } = host;
    await host.set({ 'devstral.agent.mode': 'plan' });
    await host.newSession();
    assert.equal(page.mode(), 'plan');
    await host.set({ 'devstral.agent.mode': undefined });
    const settings = `${host.folder}/.vscode/settings.json`;
    mkdirSync(`${host.folder}/.vscode`, { recursive: true });
    writeFileSync(settings, JSON.stringify({ 'devstral.agent.mode': 'auto', 'editor.tabSize': 6 }));
    try {
      await waitFor('the settings of the workspace', () => tabSize() === 6);
      await host.newSession();
      assert.equal(page.mode(), 'ask');
    } finally {
      rmSync(settings);
      await waitFor('the settings to be gone', () => tabSize() !== 6);
    }
  });
});
