import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { buggy, mended, wholeFiles } from './fixHost.ts';
import { createModelHost, type ModelHost } from './modelHost.ts';
import { waitFor } from './waitFor.ts';

describe('switching the model', () => {
  let host: ModelHost;
  before(async () => {
    host = await createModelHost('tests/Devstral-Tiny-GGUF', 'tiny-Q4_K_M.gguf');
    await host.start();
    host.putTiny('tiny.gguf');
  });
  beforeEach(() => host.set({ 'devstral.model': 'scripted', 'devstral.models.context': 0 }));
  afterEach(() => host.reset());
  after(() => host.stop());

  const model = () => vscode.workspace.getConfiguration('devstral').get<string>('model');

  it('while an answer runs: stops it when asked to', async () => {
    await host.open('a.py', buggy);
    host.reply = () => ({ stream: ['```python\ndef first', { hang: true }] });
    const fix = host.run('devstral.fixFile');
    await host.shows(/loading~spin/);
    const { list, done } = await host.openList();
    list.accept(/tiny\.gguf/);
    await waitFor('the question', () => host.messages.texts.includes('Switch Model'));
    await done;
    // The person left: the answer goes on.
    assert.equal(model(), 'scripted');
    assert.match(host.statusBar().text, /loading~spin/);

    host.messages.pick('Stop and Switch');
    const again = await host.openList();
    again.list.accept(/tiny\.gguf/);
    await again.done;
    await fix;
    assert.match(model() ?? '', /tiny\.gguf$/);
    await host.shows(/^\$\(chip\) tiny$/);
    assert.equal(host.text('a.py'), buggy);
  });

  it('while an answer runs: lets it finish first', async () => {
    await host.open('a.py', buggy);
    const whole = wholeFiles(mended);
    assert.ok('stream' in whole);
    host.reply = () => ({ stream: ['Done.', { delayMs: 3000 }, ...whole.stream] });
    const fix = host.run('devstral.fixFile');
    await host.shows(/loading~spin/);
    host.messages.pick('Finish This Answer First');
    const { list, done } = await host.openList();
    list.accept(/tiny\.gguf/);
    await waitFor('the wait', () => host.messages.texts.includes('Devstral: Waiting for the answer'));
    assert.equal(model(), 'scripted');
    await done;
    await fix;
    assert.match(model() ?? '', /tiny\.gguf$/);
    const editor = await waitFor('the review', () =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'devstral-review'),
    );
    assert.equal(editor.document.getText(), mended);
  });

  it('unloads a model that lies idle for as long as `models.idleUnloadMinutes` says', async () => {
    // Three seconds. With the default it stays: the tests above saw it ready.
    await host.set({ 'devstral.models.idleUnloadMinutes': 0.05 });
    try {
      const { list, done } = await host.openList();
      list.accept(/tiny\.gguf/);
      await done;
      await host.shows(/^\$\(chip\) tiny$/);
      await host.shows(/^\$\(chip\) tiny \(off\)$/);
    } finally {
      await host.set({ 'devstral.models.idleUnloadMinutes': undefined });
    }
  });

  it('offers what can be done with each entry', async () => {
    const { list, done } = await host.openList();
    const buttonsOf = (label: RegExp) =>
      list
        .items()
        .find((item) => label.test(item.label))
        ?.buttons?.map(({ tooltip }) => tooltip);
    assert.deepEqual(buttonsOf(/scripted/), ['Check Server', 'Set Key...']);
    assert.deepEqual(buttonsOf(/tiny\.gguf/), ['Choose Size...', 'Reveal File', 'Remove from This Computer']);
    list.hide();
    await done;
  });
});
