import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { buggy, createFixHost, type FixHost, firstMended, mended, replace, secondMended } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

describe('review of a fix', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const accept = () => host.run('devstral.review.acceptAll');
  const source = () => {
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.scheme, 'file', 'the source editor has the focus');
    return editor as vscode.TextEditor;
  };
  const reviewTabs = () =>
    vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => tab.label.includes('Devstral'));

  it('rejects one change, writes the other in one undo step and saves a file that was saved', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    const right = await host.review();
    assert.equal(right.document.getText(), mended);
    assert.match(reviewTabs()[0]?.label ?? '', /^a\.py \(Devstral, 2 changes\)$/);
    assert.equal(right.selection.active.line, 1, 'the cursor is on the first change');
    assert.equal(host.text('a.py'), buggy, 'nothing is written before Accept');

    await host.run('devstral.review.rejectChange');
    assert.equal(right.document.getText(), secondMended);
    await accept();
    assert.equal(host.text('a.py'), secondMended);
    const { document } = source();
    assert.equal(document.isDirty, false);
    assert.deepEqual(reviewTabs(), []);

    await host.run('undo');
    assert.equal(document.getText(), buggy);
    await host.run('undo');
    assert.equal(document.getText(), buggy, 'there was one step');
    await host.run('redo');
    assert.equal(document.getText(), secondMended);
  });

  it('goes from change to change and applies by itself when all are decided', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    const right = await host.review();
    // Pressed twice without waiting: one decision after the other.
    await Promise.all([host.run('devstral.review.acceptChange'), host.run('devstral.review.rejectChange')]);
    assert.equal(host.text('a.py'), firstMended);
    assert.deepEqual(reviewTabs(), []);
    assert.equal(right.document.getText(), firstMended);
  });

  it('accepts once when Accept All is pressed twice', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await Promise.all([accept(), accept()]);
    assert.equal(host.text('a.py'), mended);
    await host.run('devstral.undoAccepted');
    assert.equal(host.text('a.py'), buggy, 'the accept can still be taken back');
  });

  it('takes what is typed on the right, also just before Accept, and leaves no unsaved tab', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    const right = await host.review();
    await replace(right, 'values[0]', 'values[-0]');
    await waitFor('saving the right side', () => !right.document.isDirty);
    await replace(right, 'values[-0]', 'next(iter(values))');
    await accept();
    assert.equal(host.text('a.py'), mended.replace('values[0]', 'next(iter(values))'));
    assert.deepEqual(reviewTabs(), []);
  });

  it('drops a change whose lines the gutter takes back, and opens it again with Undo', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    const right = await host.review();
    // VS Code's own Revert in the gutter writes the left lines into the right side, as here.
    await replace(right, 'values[0]', 'values[1]');
    await host.run('undo');
    assert.equal(right.document.getText(), mended);
    await replace(right, 'values[0]', 'values[1]');
    await host.run('devstral.review.acceptChange');
    assert.equal(host.text('a.py'), secondMended, 'one was left to decide');
  });

  it('rejects all: the bytes stay, the source editor is back, Restore brings the proposal', async () => {
    const editor = await host.open('a.py', buggy);
    const selection = new vscode.Selection(4, 2, 5, 3);
    editor.selection = selection;
    host.answerWith(mended);
    const right = await host.review();
    await replace(right, 'values[0]', 'values[7]');
    await host.run('devstral.review.rejectAll');
    assert.equal(host.text('a.py'), buggy);
    assert.ok(source().selection.isEqual(selection));
    assert.deepEqual(reviewTabs(), []);

    await host.run('devstral.review.restore');
    const again = await waitFor('the review', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.scheme === 'devstral-review' && active;
    });
    assert.equal(again.document.getText(), mended, 'as proposed');
    await accept();
    assert.equal(host.text('a.py'), mended);
  });

  it('rejects all by rejecting each', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await host.run('devstral.review.rejectFile');
    assert.equal(source().document.getText(), buggy);
    assert.equal(source().document.isDirty, false);
    assert.deepEqual(reviewTabs(), []);
  });

  it('decides nothing when its tab is closed', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await host.run('workbench.action.closeActiveEditor');
    assert.equal(host.text('a.py'), buggy);
    await host.run('devstral.review.open');
    await waitFor('the review', () => reviewTabs().length === 1);
    await accept();
    assert.equal(host.text('a.py'), mended);
  });

  describe('of several files', () => {
    const helper = 'def mean(values):\n    return sum(values) / len(values)\n';

    const openMulti = async (...more: string[]) => {
      await host.open('a.py', buggy);
      const names = [...more, 'pkg/helper.py'];
      host.answerWith(mended, Object.fromEntries(names.map((name) => [host.relative(name), helper])));
      await host.run('devstral.fixFile');
      await waitFor(
        'the multi-file diff',
        () => reviewTabs().length === 1 && reviewTabs()[0]?.label === `Devstral: Fix a.py (${names.length + 1} files)`,
      );
      assert.equal(existsSync(host.path('pkg/helper.py')), false, 'nothing is made before Accept');
    };

    it('makes a new file on Accept and takes all back with Undo This Change', async () => {
      await openMulti();
      await accept();
      assert.equal(host.text('a.py'), mended);
      assert.equal(host.text('pkg/helper.py'), helper);
      assert.deepEqual(reviewTabs(), []);
      await host.run('devstral.undoAccepted');
      assert.equal(host.text('a.py'), buggy);
      assert.equal(existsSync(host.path('pkg/helper.py')), false);
    });

    it('has one tab, however often it is asked for, and leaves nothing of what was rejected', async () => {
      await openMulti();
      await host.run('devstral.review.open');
      await host.run('devstral.review.open');
      assert.equal(reviewTabs().length, 1);
      await host.run('devstral.review.rejectAll');
      assert.equal(host.text('a.py'), buggy);
      assert.equal(existsSync(host.path('pkg/helper.py')), false);
      assert.deepEqual(reviewTabs(), []);
    });

    it('writes nothing at all when one of the files cannot be written', async () => {
      await openMulti('made.py');
      // A file where the last one needs a folder.
      writeFileSync(host.path('pkg'), buggy);
      await accept();
      await waitFor('the message', () => host.messages.texts.find((text) => /^Nothing was applied/.test(text)));
      assert.equal(host.text('a.py'), buggy);
      assert.equal(host.text('pkg'), buggy);
      assert.equal(existsSync(host.path('made.py')), false, 'what was made before is taken back');
    });
  });

  it('is not altered by what runs on save: trimming, a last newline, a formatter, Ctrl+S', async () => {
    let formatted = 0;
    const formatter = vscode.languages.registerDocumentFormattingEditProvider(
      [{ scheme: 'devstral-review' }, { language: 'python' }],
      {
        provideDocumentFormattingEdits(document) {
          formatted++;
          return [vscode.TextEdit.insert(document.positionAt(0), '# formatted\n')];
        },
      },
    );
    await host.set({ 'files.trimTrailingWhitespace': true, 'files.insertFinalNewline': true });
    await host.set({ 'editor.formatOnSave': true });
    try {
      const ragged = (text: string) => `${text}tail = 1   \nend = 2`;
      await host.open('a.py', ragged(buggy));
      host.answerWith(ragged(mended));
      const right = await host.review();
      await replace(right, 'values[0]', 'values[ 0]');
      const wanted = ragged(mended).replace('values[0]', 'values[ 0]');
      await waitFor('saving the right side', () => !right.document.isDirty);
      await waitFor('the text to be put back', () => right.document.getText() === wanted);
      await replace(right, 'values[ 0]', 'values[0 ]');
      await host.run('devstral.review.save');
      const then = ragged(mended).replace('values[0]', 'values[0 ]');
      assert.equal(formatted, 2);
      await waitFor('the text to be put back again', () => right.document.getText() === then);
      assert.equal(right.document.isDirty, false);
    } finally {
      await host.set({ 'files.trimTrailingWhitespace': undefined, 'files.insertFinalNewline': undefined });
      await host.set({ 'editor.formatOnSave': undefined });
      formatter.dispose();
    }
  });

  it('loses nothing that a person does while it is saved: an Undo, typing', async () => {
    let saves = { begun: 0, ended: 0 };
    const isRight = (document: vscode.TextDocument) => document.uri.scheme === 'devstral-review';
    // As slow as a busy machine.
    const watched = vscode.Disposable.from(
      vscode.workspace.onWillSaveTextDocument((event) => {
        if (!isRight(event.document)) return;
        saves.begun++;
        event.waitUntil(new Promise((resolve) => setTimeout(resolve, 400)));
      }),
      vscode.workspace.onDidSaveTextDocument((document) => isRight(document) && saves.ended++),
    );
    const whileSaved = async (change: () => Promise<unknown>, meanwhile: () => Promise<unknown>) => {
      saves = { begun: 0, ended: 0 };
      await change();
      await waitFor('a save', () => saves.begun === 1);
      await meanwhile();
      assert.equal(saves.ended, 0, 'it was in time');
      await waitFor('the save to end', () => saves.ended > 0);
      // Long enough for what would be put back.
      await new Promise((resolve) => setTimeout(resolve, 700));
    };
    try {
      await host.open('a.py', buggy);
      host.answerWith(mended);
      const right = await host.review();
      const reject = () => host.run('devstral.review.rejectChange');
      await whileSaved(reject, () => host.run('undo'));
      assert.equal(right.document.getText(), mended);

      const end = right.document.positionAt(right.document.getText().length);
      right.selection = new vscode.Selection(end, end);
      // Where a formatter may run, a text alone does not say who wrote it.
      await host.set({ 'editor.formatOnSave': true });
      await whileSaved(
        () => host.run('type', { text: '\n' }),
        () => host.run('type', { text: '# a' }),
      );
      assert.equal(right.document.getText(), `${mended}\n# a`);
      await host.set({ 'editor.formatOnSave': undefined });
      // As the button in the gutter does.
      await whileSaved(
        () => host.run('type', { text: 'b' }),
        () => replace(right, '    return values[0]\n', '    return values[1]\n'),
      );
      assert.equal(right.document.getText(), `${secondMended}\n# ab`);
      await accept();
      assert.equal(host.text('a.py'), `${secondMended}\n# ab`);
    } finally {
      await host.set({ 'editor.formatOnSave': undefined });
      watched.dispose();
    }
  });
});
