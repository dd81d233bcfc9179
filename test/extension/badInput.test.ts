import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { buggy, createFixHost, type FixHost, mended, wholeFiles } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

describe('Fix this file tells what is wrong and changes no byte', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const told = (pattern: RegExp) =>
    waitFor(`the message ${pattern}`, () => host.messages.texts.find((text) => pattern.test(text)));
  const inReview = () => vscode.window.activeTextEditor?.document.uri.scheme === 'devstral-review';

  it('not on disk yet', async () => {
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content: buggy, language: 'python' }),
    );
    await host.run('devstral.fixFile');
    await told(/^Save the file first\. .* is not on disk yet/);
    await host.run('workbench.action.revertAndCloseActiveEditor');
  });

  it('empty; with an instruction it is filled', async () => {
    const { document } = await host.open('a.py', '');
    await host.run('devstral.fixFile');
    await told(/^File is empty\. Say what a\.py should contain\.$/);
    assert.deepEqual(host.bodies(), []);
    host.answerWith('print("hello")');
    await host.run('devstral.fixFileWithInstruction', document.uri, 'print hello');
    await host.run('devstral.review.acceptAll');
    assert.match(host.text('a.py'), /^print\("hello"\)\n?$/);
  });

  it('binary', async () => {
    await host.open('a.py', buggy);
    const bytes = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2, 0xff, 0xfe]);
    writeFileSync(host.path('tool'), bytes);
    await host.run('devstral.fixFile', vscode.Uri.file(host.path('tool')));
    await told(/^Not readable as text\. tool is binary/);
    assert.deepEqual(host.bytes('tool'), bytes);
    assert.deepEqual(host.bodies(), []);
  });

  it('opened in the wrong encoding; but not one that has the character itself', async () => {
    const bytes = Buffer.from(`${buggy}# gr\u00f6\u00dfe\n`, 'latin1');
    await host.open('a.py', bytes);
    await host.run('devstral.fixFile');
    await told(/^Not readable as text\. a\.py is binary or not valid utf8/);
    assert.deepEqual(host.bytes('a.py'), bytes);
    assert.deepEqual(host.bodies(), []);

    await host.open('b.py', `${buggy}# \uFFFD\n`);
    host.answerWith(`${mended}# \uFFFD\n`);
    await host.review();
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('b.py'), `${mended}# \uFFFD\n`);
  });

  it('read-only; the proposal can be read', async () => {
    await host.open('a.py', buggy);
    chmodSync(host.path('a.py'), 0o444);
    await host.run('devstral.fixFile');
    await told(/^File is read-only\. a\.py cannot be written; the proposal can be read\.$/);
    assert.deepEqual(host.bodies(), []);
    host.messages.answer(/read-only/, 'Show Proposal');
    host.answerWith(mended);
    await host.review();
    assert.equal(host.text('a.py'), buggy);
  });

  it('outside the workspace, until it is allowed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'devstral-outside-'));
    const path = join(folder, 'a.py');
    writeFileSync(path, buggy);
    try {
      await vscode.window.showTextDocument(vscode.Uri.file(path));
      await host.run('devstral.fixFile');
      await told(/^Outside the workspace\. .* is in no open folder\.$/);
      assert.deepEqual(host.bodies(), []);
      host.messages.answer(/^Outside/, 'Allow This File');
      host.answerWith(mended);
      await host.review();
      await host.run('devstral.review.acceptAll');
      assert.equal(readFileSync(path, 'utf8'), mended);
    } finally {
      await host.run('workbench.action.closeAllEditors');
      rmSync(folder, { recursive: true });
    }
  });

  it('deleted during the run: the proposal is kept, the file does not come back', async () => {
    await host.open('a.py', buggy);
    host.reply = () => {
      rmSync(host.path('a.py'));
      return wholeFiles(mended);
    };
    await host.review();
    host.messages.answer(/^a\.py was deleted meanwhile\. The proposal is kept\.$/, 'Discard');
    await host.run('devstral.review.acceptAll');
    await waitFor('discarding', () => !inReview());
    assert.throws(() => host.bytes('a.py'), /ENOENT/);
  });

  it('gone already', async () => {
    await host.open('a.py', buggy);
    await host.run('devstral.fixFile', vscode.Uri.file(host.path('none.py')));
    await told(/^File not found\. none\.py does not exist\.$/);
  });

  for (const [name, reply, pattern] of [
    ['the server is busy for good', { status: 429, body: {} }, /^The server cannot answer now/],
    ['the key is refused', { status: 401, body: {} }, /^The server refused the key/],
    ['it is a web page', { status: 200, body: '<html></html>' }, /^Not a model server/],
    [
      'the answer is cut off',
      { stream: ['```python\n', 'def first', '(values):\n'], cutAfterBytes: 350 },
      /^The answer was cut off/,
    ],
  ] as const) {
    it(name, async () => {
      await host.open('a.py', buggy);
      host.reply = () => reply;
      await host.run('devstral.fixFile');
      await told(pattern);
      assert.equal(host.text('a.py'), buggy);
      assert.equal(inReview(), false);
    });
  }
});
