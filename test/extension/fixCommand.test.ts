import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { buggy, createFixHost, type FixHost, mended, replace, wholeFiles } from './fixHost.ts';
import { sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

describe('Fix this file', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const told = (pattern: RegExp) =>
    waitFor(`the message ${pattern}`, () => host.messages.texts.find((t) => pattern.test(t)));
  const inReview = () => vscode.window.activeTextEditor?.document.uri.scheme === 'devstral-review';

  it('shows the model the text that is not saved yet, and the instruction', async () => {
    const editor = await host.open('a.py', 'x = 1\n');
    await replace(editor, 'x = 1\n', buggy);
    host.answerWith(mended);
    await host.run('devstral.fixFileWithInstruction', editor.document.uri, 'count from zero, as in issue 42');
    await waitFor('the review', inReview);
    const [body] = host.bodies();
    assert.match(body ?? '', /return values\[1\]/);
    assert.doesNotMatch(body ?? '', /x = 1/);
    assert.match(body ?? '', /count from zero, as in issue 42/);
  });

  it('asks for the instruction, and does nothing without one', async () => {
    await host.open('a.py', buggy);
    await host.run('devstral.fixFileWithInstruction');
    assert.deepEqual(host.messages.texts, ['Devstral: Fix a.py']);
    assert.deepEqual(host.bodies(), []);
    host.messages.type('start at zero');
    host.answerWith(mended);
    await host.run('devstral.fixFileWithInstruction');
    assert.match(host.bodies()[0] ?? '', /start at zero/);
  });

  it('sends the problems that the editor shows, as the TypeScript server found them', async () => {
    const editor = await host.open('a.ts', 'export const count: number = "three";\n');
    await waitFor('the problem', () => vscode.languages.getDiagnostics(editor.document.uri).length > 0, 40_000);
    host.answerWith('export const count: number = 3;\n');
    await host.review();
    assert.match(host.bodies()[0] ?? '', /Type 'string' is not assignable to type 'number'/);
  });

  it('drops an answer with a type error, and says so', async () => {
    await host.open('a.ts', 'export const count: number = 2 - 1;\n');
    host.answerWith('export const count: number = "three";\n');
    await host.run('devstral.fixFile');
    await told(/^No usable change found/);
    assert.equal(host.text('a.ts'), 'export const count: number = 2 - 1;\n');
    assert.equal(inReview(), false);
  });

  it('is offered on a problem, not preferred, aims at it and starts nothing by being offered', async () => {
    const editor = await host.open('a.py', buggy);
    const { uri } = editor.document;
    const own = vscode.languages.createDiagnosticCollection('test');
    own.set(uri, [new vscode.Diagnostic(new vscode.Range(1, 4, 1, 20), 'starts at one')]);
    try {
      const before = sidecars();
      const offered = async (only?: string) =>
        (
          await vscode.commands.executeCommand<vscode.CodeAction[]>(
            'vscode.executeCodeActionProvider',
            uri,
            new vscode.Range(1, 5, 1, 6),
            only,
          )
        ).filter(({ title }) => /Devstral/.test(title));
      const [fix, ...others] = await offered();
      assert.deepEqual([fix?.title, others.length], ['Fix with Devstral', 0]);
      assert.equal(fix?.isPreferred ?? false, false);
      assert.deepEqual(
        (await offered('source.devstral')).map(({ title }) => title),
        ['Fix All Problems in File with Devstral'],
      );
      assert.deepEqual(await offered('source.fixAll'), [], 'a save must not run a model');
      assert.deepEqual(sidecars(), before);

      host.answerWith(mended);
      assert.ok(fix?.command);
      await host.run(fix.command.command, ...(fix.command.arguments ?? []));
      await waitFor('the review', inReview);
      assert.match(host.bodies()[0] ?? '', /starts at one/);
    } finally {
      own.dispose();
    }
  });

  it('says that nothing is proposed, and leaves the file', async () => {
    await host.open('a.py', buggy);
    host.answerWith(buggy);
    host.messages.answer(/^No change suggested/, 'Show Answer');
    await host.run('devstral.fixFile');
    assert.equal(host.text('a.py'), buggy);
    const answer = vscode.window.activeTextEditor?.document;
    assert.deepEqual([answer?.languageId, answer?.isUntitled], ['markdown', true]);
    await host.run('workbench.action.revertAndCloseActiveEditor');
  });

  it('opens nothing when the person went elsewhere; the proposal waits', async () => {
    await host.open('a.py', buggy);
    host.reply = async () => {
      await host.open('elsewhere.py', 'y = 2\n');
      return wholeFiles(mended);
    };
    await host.run('devstral.fixFile');
    await told(/^2 changes ready for a\.py\.$/);
    assert.match(vscode.window.activeTextEditor?.document.uri.path ?? '', /elsewhere\.py$/);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), mended, 'it was not lost with the notification');
  });

  it('takes one after the other, and lets the second leave the line', async () => {
    const first = await host.open('a.py', buggy);
    const second = await host.open('b.py', buggy);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    host.reply = async () => {
      await held;
      return wholeFiles(buggy);
    };
    const running = host.run('devstral.fixFile', first.document.uri);
    await waitFor('the first request', () => host.bodies().length === 1);
    const waiting = host.run('devstral.fixFile', second.document.uri);
    await told(/^A fix is already running\. b\.py is next\.$/);
    assert.ok(host.messages.cancel(/already running/));
    await waiting;
    const third = host.run('devstral.fixFile', second.document.uri);
    await waitFor('the second wait', () => host.messages.texts.filter((t) => /already running/.test(t)).length === 2);
    assert.equal(host.bodies().length, 1, 'it has not begun');
    release();
    await Promise.all([running, third]);
    assert.equal(host.bodies().length, 2, 'who left was not run');
    assert.match(host.bodies()[1] ?? '', /b\.py/);
  });

  it('does not hold up the next fix with a message that nobody answers', async () => {
    await host.open('a.py', buggy);
    host.answerWith(buggy);
    const { showWarningMessage } = vscode.window;
    Object.assign(vscode.window, { showWarningMessage: () => new Promise(() => undefined) });
    try {
      void host.run('devstral.fixFile');
      await waitFor('the first request', () => host.bodies().length === 1);
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      Object.assign(vscode.window, { showWarningMessage });
    }
    host.answerWith(mended);
    await host.review();
    assert.ok(!host.messages.texts.some((text) => /already running/.test(text)));
  });

  it('stops at Cancel without a word, hangs up, and works again', async () => {
    await host.open('a.py', buggy);
    const seen: { hungUpAt?: number }[] = [];
    host.reply = (request) => {
      seen.push(request);
      return { stream: ['```python\ndef first', { hang: true }] };
    };
    const fix = host.run('devstral.fixFile');
    await told(/^Devstral: Fix a\.py$/);
    await waitFor('the request', () => seen.length === 1);
    assert.ok(host.messages.cancel(/Fix a\.py/));
    await fix;
    assert.deepEqual(host.messages.texts, ['Devstral: Fix a.py']);
    await waitFor('hanging up', () => seen[0]?.hungUpAt !== undefined);
    assert.equal(host.text('a.py'), buggy);
    host.answerWith(mended);
    await host.review();
  });

  describe('tells what is wrong with the file and changes no byte', () => {
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
});
