import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { buggy, createFixHost, type FixHost, mended, replace, secondMended } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

const crlf = (text: string) => text.replaceAll('\n', '\r\n');

/** A change far from both hunks, made by the person while the review is open. */
const elsewhere = (text: string) => text.replace('len(values) // 2', '(len(values) - 1) // 2');

/** The person edits the file while its review is open. */
async function type(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  const at = document.positionAt(document.getText().indexOf(from));
  edit.replace(document.uri, new vscode.Range(at, at.translate(0, from.length)), to);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe('accepting a fix', () => {
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

  it('leaves a file with unsaved text unsaved', async () => {
    const editor = await host.open('a.py', 'x\n');
    await replace(editor, 'x\n', buggy);
    host.answerWith(mended);
    await host.review();
    await accept();
    const { document } = source();
    assert.equal(document.getText(), mended);
    assert.equal(document.isDirty, true);
    assert.equal(host.text('a.py'), 'x\n');
  });

  describe('saves as `review.saveAfterAccept` says:', () => {
    afterEach(() => host.set({ 'devstral.review.saveAfterAccept': undefined }));

    it('always, also a file with unsaved text', async () => {
      await host.set({ 'devstral.review.saveAfterAccept': 'always' });
      const editor = await host.open('a.py', 'x\n');
      await replace(editor, 'x\n', buggy);
      host.answerWith(mended);
      await host.review();
      await accept();
      assert.equal(source().document.isDirty, false);
      assert.equal(host.text('a.py'), mended);
    });

    it('never, but a file that it makes; all of it can be taken back', async () => {
      await host.set({ 'devstral.review.saveAfterAccept': 'never' });
      const { document } = await host.open('a.py', buggy);
      host.answerWith(mended, { [host.relative('made.py')]: buggy });
      await host.run('devstral.fixFile');
      await waitFor('the review', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes('(2 files)'));
      await accept();
      assert.equal(document.getText(), mended);
      assert.equal(document.isDirty, true);
      assert.equal(host.text('a.py'), buggy);
      assert.equal(host.text('made.py'), buggy, 'it would stand empty on the disk');
      await host.run('devstral.undoAccepted');
      assert.equal(document.getText(), buggy);
      assert.equal(host.text('a.py'), buggy);
      assert.equal(existsSync(host.path('made.py')), false);
    });
  });

  const byteCases: [string, (text: string) => Buffer][] = [
    ['CRLF', (text) => Buffer.from(crlf(text))],
    ['a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
    ['CRLF with a byte order mark', (text) => Buffer.from(`\uFEFF${crlf(text)}`)],
    ['no newline at the end', (text) => Buffer.from(text.trimEnd())],
    ['UTF-16', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['letters of all kinds', (text) => Buffer.from(text.replace('def mean', '# größe 漢字 😀\ndef mean'))],
  ];
  for (const [name, bytesOf] of byteCases) {
    it(`keeps every other byte of a file with ${name}`, async () => {
      const before = bytesOf(buggy);
      await host.open('a.py', before);
      const note = name.startsWith('letters') ? mended.replace('def mean', '# größe 漢字 😀\ndef mean') : mended;
      host.answerWith(note);
      await host.review();
      await accept();
      assert.deepEqual(host.bytes('a.py').toString('latin1'), bytesOf(mended).toString('latin1'));
      await host.run('devstral.undoAccepted');
      assert.deepEqual(host.bytes('a.py').toString('latin1'), before.toString('latin1'));
    });
  }

  it('reads its own sides as UTF-8 whatever the person reads files as', async () => {
    await host.set({ 'files.encoding': 'windows1252' });
    try {
      const before = Buffer.from(buggy.replace('def mean', '# größe\ndef mean'), 'latin1');
      await host.open('a.py', before);
      host.answerWith(mended.replace('def mean', '# größe\ndef mean'));
      const right = await host.review();
      await replace(right, 'values[0]', 'values[ 0]');
      await accept();
      const after = mended.replace('def mean', '# größe\ndef mean').replace('values[0]', 'values[ 0]');
      assert.equal(host.bytes('a.py').toString('latin1'), after);
    } finally {
      await host.set({ 'files.encoding': undefined });
    }
  });

  it('asks again when the person goes on typing while they resolve', async () => {
    const editor = await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await type(editor.document, 'values[1]', 'values[2]');
    host.messages.answer(/changed meanwhile/, 'Resolve...');
    const { showQuickPick } = vscode.window;
    Object.assign(vscode.window, {
      showQuickPick: async (items: readonly vscode.QuickPickItem[]) => {
        await type(editor.document, 'values[2]', 'values[3]');
        Object.assign(vscode.window, { showQuickPick });
        return items[1];
      },
    });
    await accept();
    const told = () => host.messages.texts.filter((text) => /changed meanwhile/.test(text)).length;
    await waitFor('the second question', () => told() === 2);
    assert.equal(editor.document.getText(), buggy.replace('values[1]', 'values[3]'));
  });

  it('keeps what the person changed elsewhere meanwhile, and takes its own part back', async () => {
    const editor = await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await type(editor.document, 'len(values) // 2', '(len(values) - 1) // 2');
    await accept();
    const { document } = source();
    assert.equal(document.getText(), elsewhere(mended));
    assert.equal(document.isDirty, true, 'it had unsaved text');
    await host.run('undo');
    assert.equal(document.getText(), elsewhere(buggy));
  });

  for (const [choice, lines] of [
    ['Keep Mine', ['    return values[2]']],
    ["Use Devstral's", ['    return values[0]']],
    ['Keep Both', ['    return values[2]', '    return values[0]']],
  ] as const) {
    it(`writes nothing on a conflict, and what was chosen after it: ${choice}`, async () => {
      const editor = await host.open('a.py', buggy);
      host.answerWith(mended);
      await host.review();
      await type(editor.document, 'values[1]', 'values[2]');
      const mine = editor.document.getText();
      await accept();
      await waitFor('the conflict', () => host.messages.texts.find((text) => /a\.py changed meanwhile/.test(text)));
      assert.equal(editor.document.getText(), mine);
      assert.equal(host.text('a.py'), buggy);

      host.messages.answer(/changed meanwhile/, 'Resolve...');
      host.messages.pick(choice);
      await accept();
      const wanted = secondMended.replace('    return values[1]', lines.join('\n'));
      await waitFor('the choice', () => editor.document.getText() === wanted);
      assert.equal(editor.document.isDirty, true);
      assert.equal(host.text('a.py'), buggy);
    });
  }

  it('says so when the file was deleted meanwhile, and keeps the proposal', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await host.review();
    await vscode.workspace.fs.delete(vscode.Uri.file(host.path('a.py')));
    const tab = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).some((each) => each.label === 'a.py');
    assert.ok(tab(), 'VS Code keeps the editor of a deleted file, with its text');
    await accept();
    await waitFor('the message', () => host.messages.texts.find((text) => /a\.py was deleted meanwhile/.test(text)));
    assert.equal(existsSync(host.path('a.py')), false);
    assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, 'devstral-review');
  });
});
