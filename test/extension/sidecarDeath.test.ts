import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { buggy, createFixHost, type FixHost, mended } from './fixHost.ts';
import { killSidecars, sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

/** What each apply of this run has in the journal: its intent and how it ended. */
function journal(): string[][] {
  const folder = join(process.env.DEVSTRAL_HOME ?? assert.fail('no DEVSTRAL_HOME'), 'data', 'journal');
  return readdirSync(folder).map((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind),
  );
}

describe('when the sidecar dies', () => {
  let host: FixHost;
  const { applyEdit } = vscode.workspace;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  beforeEach(() => host.run('devstral.restartSidecar'));
  afterEach(async () => {
    Object.assign(vscode.workspace, { applyEdit });
    await host.reset();
  });
  after(() => host.stop());

  const told = (pattern: RegExp) => host.messages.texts.filter((text) => pattern.test(text));

  it('during an answer: says so once, and the next fix runs on a new process', async () => {
    await host.open('a.py', buggy);
    host.reply = () => ({ stream: ['```python\ndef first', { hang: true }] });
    const fix = host.run('devstral.fixFile');
    await waitFor('the request', () => host.bodies().length === 1);
    const [before] = sidecars();
    assert.ok(before);
    killSidecars();
    await fix;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(told(/^The engine was restarted\./).length, 1, host.messages.texts.join(' | '));
    assert.equal(host.text('a.py'), buggy);

    host.answerWith(mended);
    await host.review();
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), mended);
    assert.notEqual(sidecars()[0], before);
    assert.equal(told(/engine/).length, 1);
  });

  it('while nothing runs: says so once', async () => {
    const [first] = sidecars();
    killSidecars();
    const second = await waitFor('the next process', () => sidecars().find((pid) => pid !== first));
    await waitFor('the message', () => told(/^The engine was restarted\./).length === 1);
    process.kill(second, 'SIGKILL');
    await waitFor('the third process', () => sidecars().find((pid) => pid !== second));
    assert.equal(told(/engine/).length, 1);
  });

  it('and settings were changed since it started: the next one has the new ones', async () => {
    const [server] = vscode.workspace.getConfiguration('devstral').get<{ url: string }[]>('servers', []);
    await host.set({ 'devstral.servers': [{ name: 'scripted', url: server?.url, model: 'another' }] });
    killSidecars();
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    assert.match(host.bodies()[0] ?? '', /"model":"another"/);
    await host.set({ 'devstral.servers': [{ name: 'scripted', url: server?.url, model: 'scripted' }] });
  });

  it('keeps the review: it is decided on the next process', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    killSidecars();
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), mended);
  });

  for (const when of ['before', 'after'] as const) {
    it(`${when} the edit was made: the file is as accepted, and can be taken back`, async () => {
      await host.open('a.py', buggy);
      host.answerWith(mended);
      await host.review();
      Object.assign(vscode.workspace, {
        applyEdit: async (edit: vscode.WorkspaceEdit) => {
          Object.assign(vscode.workspace, { applyEdit });
          if (when === 'before') killSidecars();
          const made = await applyEdit(edit);
          if (when === 'after') killSidecars();
          return made;
        },
      });
      await host.run('devstral.review.acceptAll');
      assert.equal(host.text('a.py'), mended);
      assert.notEqual(vscode.window.activeTextEditor?.document.uri.scheme, 'devstral-review', 'the review is over');
      assert.deepEqual(told(/^Nothing was applied/), []);
      await host.run('devstral.undoAccepted');
      assert.deepEqual(
        journal().filter((records) => records.length !== 2),
        [],
        'nothing is open',
      );
      assert.equal(host.text('a.py'), buggy);
    });
  }

  it('and the edit was refused: the file is as before, the proposal is kept', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    Object.assign(vscode.workspace, {
      applyEdit: async () => {
        Object.assign(vscode.workspace, { applyEdit });
        killSidecars();
        return false;
      },
    });
    await host.run('devstral.review.acceptAll');
    await waitFor('the message', () => told(/^Nothing was applied\. The edit of a\.py was refused/).length === 1);
    assert.equal(host.text('a.py'), buggy);
    assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, 'devstral-review');
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), mended);
    assert.deepEqual(
      journal().filter((records) => records.length !== 2),
      [],
      'nothing is open',
    );
  });

  it('three times in a short time: it stays off and says so; Restart brings it back', async () => {
    for (let kills = 0; kills < 3; kills++) {
      const pid = await waitFor('a process', () => sidecars()[0]);
      // One that does not answer yet cannot be told from one that never will.
      await host.run('devstral.copyDiagnostics');
      process.kill(pid, 'SIGKILL');
      await waitFor('its end', () => !sidecars().includes(pid));
    }
    await waitFor(
      'the message',
      () => told(/^The engine keeps stopping\. It stopped 3 times in \d+ min and is now off\.$/).length === 1,
    );
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.deepEqual(sidecars(), []);
    await host.run('devstral.restartSidecar');
    assert.equal(sidecars().length, 1);
  });
});

describe('Restart Sidecar, Copy Diagnostics, the log', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  it('restarts at once, also during a fix, which ends without a complaint', async () => {
    await host.open('a.py', buggy);
    host.reply = () => ({ stream: ['```python\ndef first', { hang: true }] });
    const fix = host.run('devstral.fixFile');
    await waitFor('the request', () => host.bodies().length === 1);
    // A fast one is not told of at all.
    await waitFor('the notification', () => host.messages.texts.length === 1);
    const [before] = sidecars();
    await host.run('devstral.restartSidecar');
    await fix;
    assert.deepEqual(host.messages.texts, ['Devstral: Fix a.py']);
    const after = sidecars();
    assert.equal(after.length, 1);
    assert.notEqual(after[0], before);
  });

  it('has the versions on the clipboard, and a key nowhere but at its server', async () => {
    const canary = `sk-canary-${Date.now()}`;
    const [server] = vscode.workspace.getConfiguration('devstral').get<{ url: string }[]>('servers', []);
    host.messages.type(server?.url ?? '');
    host.messages.type(canary);
    await host.run('devstral.setServerKey');
    const sent: (string | undefined)[] = [];
    await host.open('a.py', buggy);
    host.reply = ({ headers }) => {
      sent.push(headers.authorization);
      return { status: 401, body: { error: { message: `Incorrect API key provided: ${canary}` } } };
    };
    await host.run('devstral.fixFile');
    assert.equal(sent[0], `Bearer ${canary}`);

    await host.run('devstral.copyDiagnostics');
    const copied = await vscode.env.clipboard.readText();
    for (const part of [
      /^Devstral for VS Code \d/,
      new RegExp(`\\b${vscode.version}\\b`),
      /^Runtime: .*Node \d+/m,
      /^Memory: /m,
    ]) {
      assert.match(copied, part);
    }
    await host.run('devstral.showLog');
    const output = await waitFor('the log', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'output' && /devstral/i.test(uri.path)),
    );
    const home = process.env.DEVSTRAL_HOME ?? assert.fail('no DEVSTRAL_HOME');
    const kept = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.gguf'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const places = {
      clipboard: copied,
      log: output.getText(),
      messages: host.messages.texts.join(),
      files: kept.join(),
    };
    for (const [place, text] of Object.entries(places)) assert.ok(!text.includes(canary), `the key is in the ${place}`);
    await host.run('workbench.action.closePanel');
    host.messages.type(server?.url ?? '');
    host.messages.type('');
    await host.run('devstral.setServerKey');
  });
});
