import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Review } from '../../extension/edits/registerReview.ts';
import type { Staged } from '../../webview/protocol.ts';
import { buggy, createFixHost, type FixHost, mended, replace, secondMended } from './fixHost.ts';
import { change, reviewApi, reviewTabs, staged } from './stagedHost.ts';
import { waitFor } from './waitFor.ts';

const helper = 'def mean(values):\n    return sum(values) / len(values)\n';

describe("review of a session's staged edits", () => {
  let host: FixHost;
  let review: Review;
  let token: vscode.CancellationTokenSource;
  let asked = 0;
  const session = { id: 'session-1', again: () => void asked++ };
  before(async () => {
    host = createFixHost();
    await host.start();
    review = await reviewApi();
  });
  beforeEach(() => {
    token = new vscode.CancellationTokenSource();
    asked = 0;
  });
  afterEach(async () => {
    review.leaveAll();
    review.keepStaged(staged(), session).dispose();
    await waitFor('the review to be gone', () => review.panel.staged() === null);
    await host.reset();
  });
  after(() => host.stop());

  const uriOf = (name: string) => vscode.Uri.file(host.path(name)).toString();
  const summary = () => review.panel.staged() ?? assert.fail('nothing is under review');
  const states = (of: Staged = summary()) => of.files.map(({ hunks }) => hunks.map(({ state }) => state));
  const hunkId = (index: number) => summary().files[0]?.hunks[index]?.id ?? assert.fail('no such change');
  const elsewhere = async () => vscode.window.showTextDocument(vscode.Uri.file(host.path('b.py')), { preview: false });
  const begin = (acceptAll = false) =>
    review.reviewStaged(staged(change(host, 'a.py', buggy, mended)), acceptAll, token.token, session);

  /** The file is there, and the person is in another one. */
  const inAnotherFile = async () => {
    await host.open('a.py', buggy);
    await host.open('b.py', 'x = 1\n');
    await elsewhere();
  };

  it('opens nothing while the person is elsewhere, and lists what waits', async () => {
    await inAnotherFile();
    const answer = begin();
    const before = vscode.window.activeTextEditor?.document.uri.toString();
    assert.deepEqual(states(), [['open', 'open']]);
    const [file] = summary().files;
    assert.deepEqual([file?.added, file?.removed, file?.conflict, file?.operation], [2, 2, false, 'edit']);
    assert.deepEqual(
      file?.hunks.map(({ firstLine, lastLine }) => [firstLine, lastLine]),
      [
        [2, 2],
        [10, 10],
      ],
    );
    assert.deepEqual(reviewTabs(), []);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), before);
    await review.panel.acceptAll();
    const answered = await answer;
    assert.equal(answered.kind, 'applied');
    assert.equal(host.text('a.py'), mended);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), before, 'the person is where they were');
  });

  it('shows a rename as one file, and decides on both names together', async () => {
    await inAnotherFile();
    await host.open('other.py', 'y = 1\n');
    const rename = () => {
      const origin = change(host, 'a.py', buggy, null);
      const renamed = { from: origin.uri, added: 2, removed: 2 };
      return staged(
        { ...change(host, 'c.py', null, mended), renamed },
        origin,
        change(host, 'other.py', 'y = 1\n', 'y = 2\n'),
      );
    };
    const row = () => summary().files.find(({ path }) => path.endsWith('c.py')) ?? assert.fail('no row');
    const answer = review.reviewStaged(rename(), false, token.token, session);
    assert.deepEqual(
      summary().files.map(({ operation }) => operation),
      ['rename', 'edit'],
    );
    assert.match(row().from ?? '', /\/a\.py$/);
    assert.deepEqual([row().added, row().removed], [2, 2]);
    const hunk = () => row().hunks[0]?.id ?? assert.fail('no change');
    await review.panel.decideHunk(uriOf('c.py'), hunk(), 'reject');
    assert.deepEqual(states(), [['rejected'], ['open']]);
    await review.panel.resetDecision(uriOf('c.py'), hunk());
    assert.deepEqual(states(), [['open'], ['open']]);
    await review.panel.decideFile(uriOf('c.py'), false);
    await review.panel.acceptAll();
    const answered = await answer;
    assert.ok(answered.kind === 'applied');
    assert.deepEqual(
      answered.files.map(({ uri }) => uri),
      [uriOf('other.py')],
    );
    assert.equal(host.text('a.py'), buggy, 'under its old name, as it was');
    assert.equal(existsSync(host.path('c.py')), false);

    const again = review.reviewStaged(
      staged(...rename().files.slice(0, 2), change(host, 'other.py', 'y = 2\n', 'y = 3\n')),
      false,
      token.token,
      session,
    );
    await review.panel.decideFile(uriOf('c.py'), false);
    await review.panel.decideFile(uriOf('c.py'), true);
    await review.panel.acceptAll();
    assert.equal((await again).kind, 'applied');
    assert.equal(host.text('c.py'), mended);
    assert.equal(existsSync(host.path('a.py')), false);
  });

  it('tells what was accepted, and what stands', async () => {
    await inAnotherFile();
    const answer = begin();
    await review.panel.decideHunk(uriOf('a.py'), hunkId(0), 'reject');
    assert.deepEqual(states(), [['rejected', 'open']]);
    assert.equal(summary().files[0]?.added, 1);
    await review.panel.decideHunk(uriOf('a.py'), hunkId(1), 'accept');
    const answered = await answer;
    assert.ok(answered.kind === 'applied');
    assert.deepEqual(
      answered.files.map(({ accepted, rejected, changedByPerson }) => [accepted, rejected, changedByPerson]),
      [[1, 1, false]],
    );
    assert.deepEqual(answered.textsAfter, [{ uri: uriOf('a.py'), text: secondMended }]);
    assert.equal(host.text('a.py'), secondMended);
    assert.equal(review.panel.staged(), null);
  });

  it('opens beside the focus when the person is in the one file, unless they do not want that', async () => {
    await host.set({ 'devstral.review.openWhenFinished': false });
    await host.open('a.py', buggy);
    const first = begin();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(reviewTabs(), []);
    token.cancel();
    assert.deepEqual(await first, { kind: 'left' });
    await host.set({ 'devstral.review.openWhenFinished': undefined });
    token = new vscode.CancellationTokenSource();
    const second = begin();
    await waitFor('the diff', () => reviewTabs().length === 1);
    await review.panel.rejectAll();
    assert.deepEqual(await second, { kind: 'rejected' });
    assert.deepEqual(reviewTabs(), []);
    assert.equal(host.text('a.py'), buggy);
  });

  it('keeps panel, keys, the gutter and typing in step', async () => {
    await inAnotherFile();
    const told: (Staged | null)[] = [];
    const listener = review.panel.onDidChangeStaged((now) => told.push(now));
    const answer = begin();
    await review.panel.openReview(uriOf('a.py'));
    const right = await waitFor('the right side', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.uri.scheme === 'devstral-review' && editor;
    });
    await host.run('devstral.review.acceptChange');
    assert.deepEqual(states(), [['accepted', 'open']]);
    await review.panel.decideHunk(uriOf('a.py'), hunkId(0), 'reset');
    assert.deepEqual(states(), [['open', 'open']]);
    // As VS Code's own Revert in the gutter does.
    await replace(right, 'values[0]', 'values[1]');
    await waitFor('the rejection', () => states()[0]?.[0] === 'rejected');
    await review.panel.resetDecision(uriOf('a.py'), hunkId(0));
    assert.equal(right.document.getText(), mended);
    assert.deepEqual(states(), [['open', 'open']]);
    await replace(right, 'values[0]', 'next(iter(values))');
    await waitFor('the typed change', () => states()[0]?.[0] === 'accepted');
    await review.panel.resetDecision(uriOf('a.py'), hunkId(0));
    assert.equal(right.document.getText(), mended);
    await replace(right, 'values[0]', 'values[7]');
    await review.panel.resetDecision(uriOf('a.py'));
    assert.equal(right.document.getText(), mended);
    assert.deepEqual(states(), [['open', 'open']]);
    // As the menu of line numbers does: the cursor is on the other change.
    await host.run('devstral.review.rejectChange', { uri: right.document.uri, lineNumber: 2 });
    await review.panel.decideFile(uriOf('a.py'), true);
    assert.equal((await answer).kind, 'applied');
    assert.equal(host.text('a.py'), secondMended);
    assert.equal(told.at(-1), null);
    assert.ok(told.some((each) => each?.files[0]?.hunks[0]?.state === 'rejected'));
    listener.dispose();
  });

  it('applies at once where everything is accepted already, and that can be taken back and brought again', async () => {
    await inAnotherFile();
    const answered = await begin(true);
    assert.equal(answered.kind, 'applied');
    assert.equal(host.text('a.py'), mended);
    assert.deepEqual(reviewTabs(), []);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), uriOf('b.py'));
    await host.run('devstral.undoAccepted');
    assert.equal(host.text('a.py'), buggy);
    await host.run('devstral.undoAccepted');
    assert.equal(host.text('a.py'), mended);
  });

  it('shows a conflict of edits that were to be applied at once, and writes nothing before it is resolved', async () => {
    await inAnotherFile();
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(host.path('a.py')));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, document.lineAt(1).range, '    return values[2]');
    assert.ok(await vscode.workspace.applyEdit(edit));
    const answer = begin(true);
    await waitFor('the conflict', () => host.messages.texts.find((text) => /a\.py changed meanwhile/.test(text)));
    await waitFor('the diff', () => reviewTabs().length === 1);
    assert.equal(summary().files[0]?.conflict, true);
    assert.equal(document.getText(), buggy.replace('values[1]', 'values[2]'));
    host.messages.pick('Keep Mine');
    await review.panel.openReview(uriOf('a.py'));
    assert.equal(summary().files[0]?.conflict, false);
    await review.panel.acceptAll();
    const answered = await answer;
    assert.ok(answered.kind === 'applied');
    assert.equal(document.getText(), secondMended.replace('values[1]', 'values[2]'));
    assert.deepEqual([answered.files[0]?.accepted, answered.files[0]?.rejected], [1, 1]);
  });

  it('answers with the problem when what is applied at once cannot be written', async () => {
    await host.open('folder', 'a file where a folder is needed\n');
    const answered = await review.reviewStaged(
      staged(change(host, 'folder/new.py', null, helper)),
      true,
      token.token,
      session,
    );
    assert.ok(answered.kind === 'failed');
    assert.equal(answered.problem.code, 'applyRefused');
    assert.equal(existsSync(host.path('folder/new.py')), false);
  });

  it('keeps decisions of a review that was left, and asks the session again for them', async () => {
    await inAnotherFile();
    const left = begin();
    await review.panel.decideHunk(uriOf('a.py'), hunkId(0), 'reject');
    token.cancel();
    assert.deepEqual(await left, { kind: 'left' });
    assert.deepEqual(states(), [['rejected', 'open']]);
    await review.panel.acceptAll();
    assert.equal(asked, 1);
    assert.equal(host.text('a.py'), buggy, 'nothing is written before the session asks');
    token = new vscode.CancellationTokenSource();
    const answered = await begin();
    assert.equal(answered.kind, 'applied');
    assert.equal(host.text('a.py'), secondMended);
  });

  it('takes decisions along when the session has staged more meanwhile, and then decides nothing by itself', async () => {
    await inAnotherFile();
    const left = begin();
    await review.panel.decideHunk(uriOf('a.py'), hunkId(0), 'reject');
    token.cancel();
    await left;
    await review.panel.acceptAll();
    token = new vscode.CancellationTokenSource();
    const more = [change(host, 'a.py', buggy, mended), change(host, 'pkg/helper.py', null, helper)];
    const answer = review.reviewStaged(staged(...more), false, token.token, session);
    await waitFor('both files', () => summary().files.length === 2);
    assert.deepEqual(states(), [['rejected', 'open'], ['open']]);
    assert.equal(host.text('a.py'), buggy);
    await review.panel.acceptAll();
    assert.equal((await answer).kind, 'applied');
    assert.equal(host.text('a.py'), secondMended);
    assert.equal(host.text('pkg/helper.py'), helper);
  });

  it('shows what a session still has staged after a reload, with decisions kept while it is opened again', async () => {
    await inAnotherFile();
    const kept = review.keepStaged(staged(change(host, 'a.py', buggy, mended)), session);
    await review.panel.decideHunk(uriOf('a.py'), hunkId(1), 'reject');
    kept.dispose();
    const again = review.keepStaged(staged(change(host, 'a.py', buggy, mended)), session);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(states(), [['open', 'rejected']]);
    await review.panel.rejectAll();
    assert.equal(asked, 1);
    assert.deepEqual(await begin(), { kind: 'rejected' });
    assert.equal(host.text('a.py'), buggy);
    again.dispose();
  });

  it('answers that it was left when the process that asked is gone', async () => {
    await inAnotherFile();
    const answer = begin();
    review.leaveAll();
    assert.deepEqual(await answer, { kind: 'left' });
    assert.deepEqual(states(), [['open', 'open']]);
  });

  it('follows what the person edits in the file: the base moves, decisions stay, Undo does not take it out', async () => {
    await inAnotherFile();
    const answer = begin();
    await review.panel.openReview(uriOf('a.py'));
    const right = await waitFor('the right side', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.uri.scheme === 'devstral-review' && editor;
    });
    await review.panel.decideHunk(uriOf('a.py'), hunkId(0), 'accept');
    const source = await vscode.workspace.openTextDocument(vscode.Uri.file(host.path('a.py')));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(source.uri, new vscode.Position(5, 0), '    # the upper one\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    const wanted = mended.replace('    return values[len(', '    # the upper one\n    return values[len(');
    await waitFor('the right side to follow', () => right.document.getText() === wanted);
    assert.deepEqual(states(), [['accepted', 'open']]);
    assert.deepEqual(
      summary().files[0]?.hunks.map(({ firstLine }) => firstLine),
      [2, 11],
    );
    const left = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'devstral-base');
    await waitFor('the left side to follow', () => left?.getText() === source.getText());
    await vscode.window.showTextDocument(right.document, right.viewColumn);
    let undone = false;
    const listener = vscode.workspace.onDidChangeTextDocument(({ document, reason }) => {
      undone ||= document === right.document && reason === vscode.TextDocumentChangeReason.Undo;
    });
    await host.run('undo');
    await waitFor('Undo', () => undone);
    await waitFor('the line to be back', () => right.document.getText() === wanted);
    listener.dispose();
    await review.panel.acceptAll();
    const answered = await answer;
    assert.ok(answered.kind === 'applied');
    assert.equal(answered.files[0]?.changedByPerson, false);
    assert.equal(source.getText(), wanted);
  });

  describe('of several files', () => {
    const both = () => [change(host, 'a.py', buggy, mended), change(host, 'c.py', buggy, secondMended)];

    it('opens one file by its name and all as overview, and goes on to the next file', async () => {
      await inAnotherFile();
      await host.open('c.py', buggy);
      await elsewhere();
      const answer = review.reviewStaged(staged(...both()), false, token.token, session);
      await review.panel.openReview();
      await waitFor('the overview', () =>
        reviewTabs().some(({ label }) => label === 'Devstral: Mend the means (2 files)'),
      );
      await review.panel.openReview(uriOf('a.py'));
      await waitFor('the diff', () => vscode.window.activeTextEditor?.document.uri.path.endsWith('/a.py'));
      await host.run('devstral.review.acceptFile');
      await waitFor('the next file', () => vscode.window.activeTextEditor?.document.uri.path.endsWith('/c.py'));
      assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, 'devstral-review');
      await host.run('devstral.review.rejectFile');
      const answered = await answer;
      assert.ok(answered.kind === 'applied');
      assert.deepEqual(
        answered.files.map(({ uri }) => uri),
        [uriOf('a.py')],
      );
      assert.equal(host.text('c.py'), buggy);
      assert.deepEqual(reviewTabs(), []);
    });

    it('asks before it deletes a file that the person edited, and keeps it if they say so', async () => {
      await inAnotherFile();
      const source = await vscode.workspace.openTextDocument(vscode.Uri.file(host.path('a.py')));
      const changes = [change(host, 'a.py', buggy, null), change(host, 'pkg/helper.py', null, helper)];
      const answer = review.reviewStaged(staged(...changes), false, token.token, session);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(source.uri, new vscode.Position(0, 0), '# mine\n');
      assert.ok(await vscode.workspace.applyEdit(edit));
      await waitFor('the conflict', () => summary().files[0]?.conflict === true);
      host.messages.pick('Keep Mine');
      await review.panel.openReview(uriOf('a.py'));
      await review.panel.acceptAll();
      assert.equal((await answer).kind, 'applied');
      assert.equal(source.getText(), `# mine\n${buggy}`);
      assert.equal(host.text('pkg/helper.py'), helper);
      assert.ok(existsSync(host.path('a.py')));
    });
  });
});
