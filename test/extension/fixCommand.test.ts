import assert from 'node:assert/strict';
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
      const quickFix = vscode.CodeActionKind.QuickFix.value;
      const [fix, ...others] = await offered(quickFix);
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

  it('says when one change did not match, with the others to review, and asks again on request', async () => {
    const text = `${buggy}\n${Array.from({ length: 900 }, (_, n) => `CONSTANT_${n} = ${n}`).join('\n')}\n`;
    await host.open('a.py', text);
    const edit = (from: string, to: string) => `<<<<<<< SEARCH\n${from}\n=======\n${to}\n>>>>>>> REPLACE\n`;
    host.reply = async () => {
      await host.open('elsewhere.py', 'y = 2\n');
      return { stream: [`${edit('CONSTANT_1 = 1', 'CONSTANT_1 = 2')}${edit('nowhere', 'x')}`] };
    };
    host.messages.answer(/^One change did not match\. Its text is not in a\.py; 1 other is ready\.$/, 'Review Others');
    await host.run('devstral.fixFile', vscode.Uri.file(host.path('a.py')));
    await waitFor('the review', inReview);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), text.replace('CONSTANT_1 = 1\n', 'CONSTANT_1 = 2\n'));
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
});
