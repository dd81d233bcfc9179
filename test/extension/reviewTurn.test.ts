import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Review } from '../../extension/edits/registerReview.ts';
import { createTurnChanges, type Restoring } from '../../extension/edits/restoreTurn.ts';
import { buggy, createFixHost, type FixHost, mended } from './fixHost.ts';
import { change, reviewApi, reviewTabs, staged } from './stagedHost.ts';
import { waitFor } from './waitFor.ts';

const scheme = 'devstral-test-before';
const helper = 'def mean(values):\n    return sum(values) / len(values)\n';

/** The extension's own review and commands; what the checkpoints say is given here. */
describe('what a turn changed', () => {
  let host: FixHost;
  let review: Review;
  let found: Awaited<ReturnType<Restoring>>;
  const texts = new Map<string, string>();
  let provider: vscode.Disposable;
  const turns = () =>
    createTurnChanges({
      restore: async () => found,
      stage: (changeSet, notes) => review.stage(changeSet, notes),
      documents: {
        addBase(_id, path, text) {
          const uri = vscode.Uri.from({ scheme, path });
          texts.set(uri.toString(), text);
          return uri;
        },
        removeBase: (uri) => void texts.delete(uri.toString()),
      },
    });
  before(async () => {
    host = createFixHost();
    await host.start();
    review = await reviewApi();
    provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
    });
  });
  afterEach(() => host.reset());
  after(async () => {
    provider.dispose();
    await host.stop();
  });

  /** The turn mended a file and made another; since then the person wrote a line of their own into the first. */
  const takeBack = async () => {
    await host.open('a.py', mended);
    await host.open('helper.py', helper);
    const changeSet = staged(change(host, 'a.py', mended, buggy), change(host, 'helper.py', helper, null));
    found = {
      kind: 'changes',
      changeSet,
      notRestored: [{ path: 'photo.png', reason: 'it is not text' }],
      overwritten: ['b.py'],
    };
  };

  it('is taken back as a review: the diff first, one message, one apply that can be undone itself', async () => {
    await takeBack();
    const source = await vscode.workspace.openTextDocument(vscode.Uri.file(host.path('a.py')));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(source.uri, new vscode.Position(5, 0), '    # mine\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    await source.save();
    await turns().restoreTurn('session', 3);
    await waitFor('the review', () => reviewTabs().length === 1);
    const [told] = host.messages.texts;
    assert.equal(
      told,
      'Not taken back: photo.png (it is not text). Your own edits between the turns go as well in: b.py.',
    );
    assert.equal(host.messages.texts.length, 1);
    assert.ok(existsSync(host.path('helper.py')), 'nothing is taken back before Accept');
    await host.run('devstral.review.acceptAll');
    const mine = (text: string) => text.replace('    return values[len(', '    # mine\n    return values[len(');
    assert.equal(host.text('a.py'), mine(buggy));
    assert.equal(existsSync(host.path('helper.py')), false);
    await host.run('devstral.undoAccepted');
    assert.equal(host.text('a.py'), mine(mended));
    assert.equal(host.text('helper.py'), helper);
  });

  it('is shown beside the files as they are, which stay editable', async () => {
    await takeBack();
    await turns().showTurn('session', 3);
    await waitFor('the overview', () =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith('Before and after the turn'),
    );
    assert.equal(host.text('a.py'), mended);
    const only = change(host, 'a.py', mended, buggy);
    found = { kind: 'changes', changeSet: staged(only), notRestored: [], overwritten: [] };
    await turns().showTurn('session', 3);
    const input = await waitFor('the diff', () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return tab instanceof vscode.TabInputTextDiff && tab;
    });
    assert.equal(input.modified.toString(), only.uri);
    const before = await vscode.workspace.openTextDocument(input.original);
    assert.equal(before.getText(), buggy);
    assert.equal(review.panel.staged(), null, 'nothing waits for a decision');
  });

  it('says so when there is nothing to take back, or its files are no longer kept', async () => {
    found = { kind: 'changes', changeSet: null, notRestored: [], overwritten: [] };
    await turns().restoreTurn('session', 3);
    found = { kind: 'gone' };
    await turns().restoreTurn('session', 3);
    await turns().showTurn('session', 3);
    assert.deepEqual(host.messages.texts, [
      'All files are as they were before that turn.',
      'The files of that turn are no longer kept, so it cannot be undone.',
      'The files of that turn are no longer kept, so it cannot be undone.',
    ]);
    assert.deepEqual(reviewTabs(), []);
  });
});
