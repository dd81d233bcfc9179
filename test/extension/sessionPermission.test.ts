import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import { canBeSeen } from '../../extension/chat/pendingQuestions.ts';
import type { DevstralApi } from '../../extension/extension.ts';
import { buggy, firstMended } from './fixHost.ts';
import { call, createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

describe('what the agent asks before it does it', () => {
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

  const bash = (command: string) => call('bash', { command });
  const rules = () => vscode.workspace.getConfiguration('devstral').inspect<Record<string, string[]>>('agent.rules');
  const statusBar = () =>
    vscode.extensions.getExtension<DevstralApi>('devstral-vscode.devstral')?.exports.statusBar().text;
  /** Waits until the card could be seen: sooner it takes no answer. */
  async function asked() {
    const pending = await waitFor('the question', () => {
      const shown = host.page.pending();
      return shown && canBeSeen(shown) && shown;
    });
    return pending.kind === 'permission' ? pending.asked : assert.fail('not a permission');
  }
  function permit(callId: string, answer: 'allow_once' | 'allow_always' | 'reject_once', word?: string) {
    host.page.send({ type: 'permit', callId, answer, acceptStaged: false, ...(word ? { word } : {}) });
  }

  it('asks before a command, with its whole text, and runs it once', async () => {
    await host.open('a.py', buggy);
    const command = `echo one > ${host.relative('out.txt')}`;
    host.script(bash(command), bash(command), says('Done.'));
    host.page.say('run it');
    const first = await asked();
    assert.equal(first.what, command);
    assert.equal(existsSync(host.path('out.txt')), false);
    assert.match(statusBar() ?? '', /Devstral: 1 to allow/);
    await host.run('devstral.permission.allowOnce');
    await waitFor('the file', () => existsSync(host.path('out.txt')));
    // The same command is asked about again.
    await waitFor('the next question', () => {
      const pending = host.page.pending();
      return pending?.kind === 'permission' && pending.asked.callId !== undefined && host.bodies().length === 2;
    });
    await asked();
    await host.run('devstral.permission.reject');
    await host.page.ended();
    assert.equal(host.page.pending(), undefined);
    assert.doesNotMatch(statusBar() ?? '', /to allow/);
    assert.match(host.results().at(-1) ?? '', /did not allow/);
  });

  it('takes no answer to a card that has only just come: the key was meant for the one before it', async () => {
    await host.open('a.py', buggy);
    host.script(bash('npm install left-pad'), bash(`echo two > ${host.relative('two.txt')}`), says('Done.'));
    host.page.say('run them');
    const { callId } = await asked();
    permit(callId, 'reject_once');
    const next = await waitFor('the next question', () => {
      const pending = host.page.pending();
      return pending?.kind === 'permission' && pending.asked.callId !== callId && pending;
    });
    // The second of two presses, or of two clicks, just as it has come, however busy the machine is.
    next.at = Date.now();
    await host.run('devstral.permission.allowOnce');
    permit(next.asked.callId, 'allow_once');
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(host.page.pending(), next);
    assert.equal(existsSync(host.path('two.txt')), false);
    await host.run('devstral.permission.allowOnce');
    await host.page.ended();
    assert.ok(existsSync(host.path('two.txt')));
  });

  it('keeps the rule of Always in the settings of the person, for these folders, and asks no more', async () => {
    await host.open('a.py', buggy);
    host.script(bash('npm run nothing-here --if-present'), bash('npm run nothing-here --if-present'), says('Done.'));
    host.page.say('run it');
    const { callId, rule } = await asked();
    assert.ok(rule, 'a rule is offered');
    permit(callId, 'allow_always');
    await host.page.ended();
    const key = (vscode.workspace.workspaceFolders ?? [])
      .map(({ uri }) => uri.fsPath)
      .sort()
      .join(delimiter);
    assert.deepEqual(rules()?.globalValue?.[key], [rule]);
    assert.equal(rules()?.workspaceValue, undefined);
    const answers = host.page.kept().flatMap((event) => (event.type === 'permission' ? [event.answer] : []));
    assert.equal(answers[0], 'allow_always');
    assert.equal(host.page.pending(), undefined);

    await host.set({ 'devstral.agent.rules': undefined });
  });

  it('tells the model a word with the rejection', async () => {
    host.script(bash('npm install left-pad'), says('Then not.'));
    host.page.say('install it');
    const { callId, risk } = await asked();
    assert.equal(risk, 'medium');
    permit(callId, 'reject_once', 'use the one that is there');
    await host.page.ended();
    assert.match(host.results().at(-1) ?? '', /use the one that is there/);
  });

  it('accepts what is staged and runs, in one', async () => {
    await host.open('a.py', buggy);
    const file = host.relative('a.py');
    host.script(
      call('edit', { file_path: file, old_string: 'values[1]', new_string: 'values[0]' }),
      bash(`grep -c 'values\\[0\\]' ${file} > ${host.relative('out.txt')}`),
      says('Done.'),
    );
    host.page.say('mend it and look');
    const { callId, staged } = await asked();
    assert.equal(staged, 1);
    host.page.send({ type: 'permit', callId, answer: 'allow_once', acceptStaged: true });
    await host.page.ended();
    assert.equal(host.text('a.py'), firstMended);
    assert.equal(host.text('out.txt').trim(), '1');
  });

  it('ends with the turn: nothing was run, nothing waits', async () => {
    host.script(bash(`echo one > ${host.relative('never.txt')}`));
    host.page.say('run it');
    await asked();
    await host.run('devstral.stop');
    await host.page.ended();
    await waitFor('the card to go', () => host.page.pending() === undefined);
    assert.equal(existsSync(host.path('never.txt')), false);
    assert.doesNotMatch(statusBar() ?? '', /to allow/);
  });

  it('waits in a session that is not shown, which the history says', async () => {
    host.script(bash(`echo one > ${host.relative('out.txt')}`), says('Done.'));
    host.page.say('run it');
    await asked();
    const { id } = host.page.session();
    await host.newSession();
    assert.equal(host.page.pending(), undefined);
    assert.match(statusBar() ?? '', /1 to allow/);
    const row = (await host.page.sessions()).find((each) => each.id === id);
    assert.equal(row?.state, 'asks');
    // As a click on the status bar does.
    await host.run('devstral.permission.show');
    await waitFor('the session', () => host.page.session().id === id);
    permit((await asked()).callId, 'reject_once');
    await host.page.ended();
  });

  it('answers a question of the model with what the person takes', async () => {
    host.script(call('ask_user', { question: 'Which one?', options: ['left', 'right'] }), says('Right it is.'));
    host.page.say('choose');
    const pending = await waitFor('the question', () => host.page.pending());
    assert.ok(pending.kind === 'question');
    assert.deepEqual([pending.question, pending.choices], ['Which one?', ['left', 'right']]);
    host.page.send({ type: 'answerQuestion', id: pending.id, answer: 'right' });
    await host.page.ended();
    assert.match(host.results().at(-1) ?? '', /right/);
  });

  it('tells while the window is in the background that edits wait, and shows them when asked', async () => {
    const { state } = vscode.window;
    Object.defineProperty(vscode.window, 'state', { value: { ...state, focused: false }, configurable: true });
    try {
      host.messages.answer(/^Devstral: 1 change to review in "mend it"\.$/, 'Review');
      await host.open('a.py', buggy);
      await host.open('elsewhere.py', 'y = 2\n');
      const edit = { file_path: host.relative('a.py'), old_string: 'values[1]', new_string: 'values[0]' };
      host.script(call('edit', edit), says('Done.'));
      host.page.say('mend it');
      await waitFor('the diff', () => vscode.window.activeTextEditor?.document.uri.scheme === 'devstral-review');
    } finally {
      Object.defineProperty(vscode.window, 'state', { get: () => state, configurable: true });
    }
    host.page.send({ type: 'rejectAll' });
    await host.page.ended();
  });

  it('tells nothing in the background where the person does not want it', async () => {
    const { state } = vscode.window;
    Object.defineProperty(vscode.window, 'state', { value: { ...state, focused: false }, configurable: true });
    try {
      await host.set({ 'devstral.notifyInBackground': false });
      host.script(bash('echo one'), says('Done.'));
      host.page.say('run it');
      await waitFor('the question', () => host.page.pending());
      assert.deepEqual(host.messages.texts, []);
    } finally {
      Object.defineProperty(vscode.window, 'state', { get: () => state, configurable: true });
      await host.set({ 'devstral.notifyInBackground': undefined });
    }
  });

  it('tells in a notification while the window is in the background, and takes the answer there', async () => {
    const { state } = vscode.window;
    Object.defineProperty(vscode.window, 'state', { value: { ...state, focused: false }, configurable: true });
    try {
      host.messages.answer(/^Devstral asks: .*echo one/, 'Allow Once');
      host.script(bash(`echo one > ${host.relative('out.txt')}`), says('Done.'));
      await host.open('a.py', buggy);
      host.page.say('run it');
      await host.page.ended();
      assert.ok(existsSync(host.path('out.txt')));
    } finally {
      Object.defineProperty(vscode.window, 'state', { get: () => state, configurable: true });
    }
    assert.ok(
      host.messages.texts.some((text) => text.endsWith('risk.')),
      host.messages.texts.join(' | '),
    );
  });
});
