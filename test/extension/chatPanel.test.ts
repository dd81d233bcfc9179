import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { HostMessage } from '../../webview/protocol.ts';
import { buggy } from './fixHost.ts';
import { createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

describe('context and code through the panel', () => {
  let host: SessionHost;
  const last = <T extends HostMessage['type']>(type: T) =>
    host.page.messages.findLast((message): message is Extract<HostMessage, { type: T }> => message.type === type);
  const chips = () => last('context')?.context ?? [];

  before(async () => {
    host = await createSessionHost();
  });
  beforeEach(() => host.newSession());
  afterEach(() => host.reset());
  after(async () => {
    host.page.dispose();
    await host.stop();
  });

  it('sends what was dropped, as the model reads it, and empties the chips', async () => {
    await host.open('src/b.py', 'x = 1\n');
    await host.open('src/a.py', buggy);
    const uris = [host.path('src/b.py'), host.path('src')].map((path) => vscode.Uri.file(path).toString());
    host.page.send({ type: 'addUris', uris });
    await waitFor('the chips', () => chips().length === 3);
    host.script(says('Both are fine.'));
    host.page.say('Look');
    await host.page.ended();
    const [message] = host.page.kept();
    assert.ok(message?.type === 'user');
    assert.deepEqual(message.attached, ['a.py', 'b.py', 'src/']);
    const sent = host.bodies().at(-1) ?? '';
    assert.match(sent, /src\/b\.py:\\n\\n```python\\nx = 1\\n```/);
    assert.match(sent, /src\/a\.py \(\d+ bytes\)/);
    assert.deepEqual(
      chips().map(({ kind }) => kind),
      ['activeFile'],
    );
  });

  it('refuses a file with secrets on a card, and counts what is there once a model is ready', async () => {
    await host.open('a.py', buggy);
    await host.open('.env', 'KEY=1\n');
    host.page.send({ type: 'addUris', uris: [vscode.Uri.file(host.path('.env')).toString()] });
    const card = await waitFor('the card', () => last('problem')?.problem ?? undefined);
    assert.equal(card.sentence, '.env may hold secrets.');
    host.script(says('Yes.'));
    host.page.say('Ready?');
    await host.page.ended();
    host.page.send({ type: 'addUris', uris: [vscode.Uri.file(host.path('a.py')).toString()] });
    host.page.send({ type: 'watchBudget', draft: 'And now?' });
    const budget = await waitFor('the budget', () => {
      const counted = last('budget')?.budget ?? undefined;
      return counted && counted.files > 0 ? counted : undefined;
    });
    assert.ok(budget.system > 500 && budget.message > 0 && budget.conversation > 0, JSON.stringify(budget));
    assert.equal(
      chips().reduce((sum, { tokens = 0 }) => sum + tokens, 0),
      budget.files,
    );
    host.page.send({ type: 'watchBudget', draft: null });
  });

  it('shows code of an answer as a review, and writes it when it is accepted', async () => {
    await host.open('a.py', buggy);
    const text = 'def mean(values):\n    return sum(values) / len(values)';
    host.page.send({ type: 'applyCode', text, language: 'python' });
    const review = await waitFor('the review', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.uri.scheme === 'devstral-review' && editor;
    });
    const mended = buggy.replace('(len(values) - 1)', 'len(values)');
    assert.equal(review.document.getText(), mended);
    assert.equal(host.text('a.py'), buggy);
    await host.run('devstral.review.acceptAll');
    await waitFor('the file', () => host.text('a.py') === mended);
  });

  it('offers nothing to set up where a server answers, and opens the walkthrough', async () => {
    const state = host.page.messages.findLast(({ type }) => type === 'state');
    assert.ok(state?.type === 'state' && state.firstRun === null);
    await host.run('devstral.getStarted');
    await waitFor('the walkthrough', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .some(({ label }) => /Walkthrough|Get started|Welcome/i.test(label)),
    );
  });
});
