import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { canBeSeen } from '../../extension/chat/pendingQuestions.ts';
import { buggy } from './fixHost.ts';
import { call, createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { killSidecars, sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

describe('sessions that were', () => {
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

  async function talk(...prompts: string[]): Promise<string> {
    host.script(says('Very well.'));
    for (const [index, prompt] of prompts.entries()) {
      host.page.say(prompt);
      await host.page.ended(index + 1);
    }
    return host.page.session().id;
  }

  it('are listed with their names, found by what was said, renamed and removed', async () => {
    const { page } = host;
    const first = await talk('about zebras');
    await host.newSession();
    const second = await talk('about lions');
    const listed = await page.sessions();
    assert.deepEqual(
      listed.slice(0, 2).map(({ title }) => title),
      ['about lions', 'about zebras'],
    );
    assert.deepEqual(
      (await page.sessions('zebra')).map(({ id }) => id),
      [first],
    );
    assert.ok((await page.sessions('very well')).length >= 2, 'what was answered counts too');

    page.send({ type: 'renameSession', sessionId: second, title: 'Big cats' });
    await waitFor('the name', () => page.title() === 'Big cats');
    assert.equal((await page.sessions()).find(({ id }) => id === second)?.title, 'Big cats');

    const rowOf = async () => (await page.sessions()).find(({ id }) => id === second);
    page.send({ type: 'removeSession', sessionId: second });
    await waitFor('an empty session', () => page.session().id === '');
    assert.equal((await rowOf())?.removed, true, 'it can be taken back');
    page.send({ type: 'undoRemove', sessionId: second });
    await waitFor('the session again', () => page.session().id === second);
    assert.equal((await rowOf())?.removed, undefined);
    page.send({ type: 'removeSession', sessionId: second });
    await waitFor('an empty session', () => page.session().id === '');
    // Its ten seconds are over.
    for (let tries = 0; (await rowOf()) !== undefined; tries++) {
      assert.ok(tries < 100, 'it is removed');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });

  it('branch at an earlier message, and at one that is said otherwise', async () => {
    const { page } = host;
    const id = await talk('one', 'two');
    const at = page.kept().findIndex((event) => event.type === 'user' && event.text === 'two');
    page.send({ type: 'fork', events: at });
    await waitFor('the branch', () => page.session().id !== id && page.session().id !== '');
    assert.deepEqual(said(), ['one']);
    const branch = page.session().id;
    await host.run('devstral.chat.fork');
    const asked = page.messages.findLast(({ type }) => type === 'menuAction');
    assert.deepEqual(asked, { type: 'menuAction', action: 'fork' }, 'the page knows where its menu was opened');
    page.send({ type: 'openSession', sessionId: id });
    await waitFor('the first', () => page.session().id === id);
    assert.deepEqual(said(), ['one', 'two']);
    page.send({ type: 'resend', events: at, text: 'three' });
    await waitFor('the other branch', () => page.session().id !== id && said().length === 2);
    assert.deepEqual(said(), ['one', 'three']);
    assert.notEqual(page.session().id, branch);
    await page.ended(2);
    const other = page.session().id;
    assert.deepEqual(page.session().branches, [{ event: at + 1, current: 1, sessions: [id, other] }]);
    const listed = await page.sessions();
    assert.deepEqual(
      listed.filter((row) => [id, other, branch].includes(row.id)).map((row) => [row.id, row.branches]),
      [
        [other, 2],
        [branch, undefined],
      ],
      'the two versions are one row',
    );
    page.send({ type: 'openSession', sessionId: id });
    await waitFor('the first version', () => page.session().id === id);
    assert.deepEqual(said(), ['one', 'two']);
  });

  it('say a message again with what went along with it, and leave alone what is in the composer', async () => {
    const { page } = host;
    const chips = () =>
      page.messages.flatMap((message) => (message.type === 'context' ? [message.context] : [])).at(-1) ?? [];
    await host.open('c.py', 'c = 1\n');
    await host.open('a.py', 'a = 1\n');
    page.send({ type: 'addUris', uris: [vscode.Uri.file(host.path('c.py')).toString()] });
    await waitFor('two chips', () => chips().length === 2);
    const id = await talk('look');
    writeFileSync(host.path('c.py'), 'c = 2\n');
    // What is open in the editor counts, and that sees a file change a little later.
    const open = () => vscode.workspace.textDocuments.find(({ fileName }) => fileName === host.path('c.py'));
    await waitFor('the editor to see it', () => open()?.getText() !== 'c = 1\n');
    await host.open('b.py', 'b = 1\n');
    page.send({ type: 'addUris', uris: [vscode.Uri.file(host.path('b.py')).toString()] });
    await waitFor('the next chip', () => chips().some(({ kind, label }) => kind === 'file' && label === 'b.py'));
    page.send({ type: 'resend', events: 0, text: 'look closely' });
    await waitFor('the other version', () => page.session().id !== id && said()[0] === 'look closely');
    await page.ended();
    const [user] = page.kept();
    assert.ok(user?.type === 'user');
    assert.deepEqual(user.attached, ['a.py', 'c.py']);
    const sent = host.bodies().at(-1) ?? '';
    assert.ok(sent.includes('a = 1') && sent.includes('c = 2') && !sent.includes('b = 1'), sent);
    assert.deepEqual(
      chips().map(({ kind, label }) => `${kind} ${label}`),
      ['file b.py'],
    );
  });

  const said = () => host.page.kept().flatMap((event) => (event.type === 'user' ? [event.text] : []));

  it('are written to a file, as Markdown and as JSON', async () => {
    await talk('about zebras');
    const target = vscode.Uri.file(host.path('out.md'));
    const { showSaveDialog } = vscode.window;
    const asked: (vscode.SaveDialogOptions | undefined)[] = [];
    Object.assign(vscode.window, {
      showSaveDialog: async (options?: vscode.SaveDialogOptions) => {
        asked.push(options);
        return target;
      },
    });
    try {
      host.messages.pick('Markdown');
      await host.run('devstral.session.export');
      assert.match(asked[0]?.defaultUri?.path ?? '', /\/about-zebras\.md$/);
      assert.match(host.text('out.md'), /^# about zebras[\s\S]*Very well\./);
      host.messages.pick('JSON');
      await host.run('devstral.session.export');
      assert.match(asked[1]?.defaultUri?.path ?? '', /\.json$/);
      assert.ok(JSON.parse(host.text('out.md')));
    } finally {
      Object.assign(vscode.window, { showSaveDialog });
    }
  });

  it('are imported from such a file and go on; a file that is none changes nothing', async () => {
    await talk('about yaks');
    const first = host.page.session().id;
    const { showSaveDialog, showOpenDialog } = vscode.window;
    const target = vscode.Uri.file(host.path('out.json'));
    Object.assign(vscode.window, { showSaveDialog: async () => target, showOpenDialog: async () => [target] });
    try {
      host.messages.pick('JSON');
      await host.run('devstral.session.export');
      await host.run('devstral.session.new');
      await host.run('devstral.session.import');
      await waitFor('the imported session', () => said().includes('about yaks'));
      const imported = host.page.session().id;
      assert.notEqual(imported, first);
      host.script(says('Go on.'));
      host.page.say('more');
      await host.page.ended(2);
      assert.deepEqual(said(), ['about yaks', 'more']);
      writeFileSync(target.fsPath, '{"kind": "devstral-session"}');
      await host.run('devstral.session.import');
      assert.match(
        host.messages.texts.at(-1) ?? '',
        /^\S+out\.json is not imported: it is no session that was exported, or of another version$/,
      );
      assert.equal(host.page.session().id, imported);
    } finally {
      Object.assign(vscode.window, { showSaveDialog, showOpenDialog });
    }
  });

  it('open an answer, and the output of a command, in an editor that cannot be written', async () => {
    const { page } = host;
    await talk('about zebras');
    await host.run('devstral.chat.openAnswer');
    const answer = await waitFor('the answer', () => vscode.window.activeTextEditor);
    assert.deepEqual([answer.document.languageId, answer.document.getText()], ['markdown', 'Very well.']);
    await vscode.commands.executeCommand('default:type', { text: 'x' });
    assert.equal(answer.document.getText(), 'Very well.');

    host.script(call('bash', { command: 'seq 1 9000' }), says('Counted.'));
    page.say('count');
    await waitFor('the end, or the question', () => {
      const pending = page.pending();
      return pending ? canBeSeen(pending) : page.ends() === 2;
    });
    await host.run('devstral.permission.allowOnce');
    await page.ended(2);
    const begun = page.kept().find((event) => event.type === 'callBegin');
    assert.ok(begun?.type === 'callBegin');
    page.send({ type: 'openOutput', callId: begun.callId });
    const output = await waitFor('the output', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.fileName.endsWith('.log') && editor;
    });
    assert.match(output.document.getText(), /\n4500\n/, 'all of it, not what the model was given');
  });

  it('go on after the sidecar was killed in the middle of a turn; nothing is lost', async () => {
    const { page } = host;
    await host.open('a.py', buggy);
    host.script(call('edit', { file_path: host.relative('a.py'), old_string: 'values[1]', new_string: 'values[0]' }), {
      hang: true,
    });
    page.say('mend it');
    await waitFor('the second step', () => host.bodies().length === 2);
    const { id } = page.session();
    const [before] = sidecars();
    killSidecars();
    await waitFor('another process', () => sidecars().find((pid) => pid !== before));
    await waitFor('the session again', () => page.session().continues && page.staged());
    assert.equal(page.session().id, id);
    assert.deepEqual(
      page.kept().map(({ type }) => type),
      ['user', 'answer', 'callBegin', 'callEnd'],
    );
    assert.equal(host.text('a.py'), buggy);
    host.script(says('Done.'));
    page.send({ type: 'continue' });
    await waitFor('the model to be asked', () => host.bodies().length === 3);
    page.send({ type: 'acceptAll' });
    await page.ended();
    assert.match(host.text('a.py'), /values\[0\]/);
    assert.ok(host.messages.texts.filter((text) => /engine/.test(text)).length <= 1);
  });

  it('stay as they are where another cannot be opened, and it is said why', async () => {
    const { page } = host;
    await talk('one');
    const { id } = page.session();
    page.send({ type: 'openSession', sessionId: 'not-there' });
    const problem = await waitFor('the reason', () => {
      const told = page.messages.findLast(({ type }) => type === 'problem');
      return told?.type === 'problem' && (told.problem ?? undefined);
    });
    assert.equal(problem.code, 'sessionUnreadable');
    assert.equal(page.session().id, id);
  });
});
