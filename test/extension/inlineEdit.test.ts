import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Piece, ScriptedReply } from '../servers/scriptedServer.ts';
import { buggy, createFixHost, type FixHost, firstMended, mended, replace, secondMended } from './fixHost.ts';
import { sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

const mean = 'def mean(values):\n    return sum(values) / (len(values) - 1)';
const mendedMean = mean.replace('(len(values) - 1)', 'len(values)');
const longer = [
  'def mean(values):',
  '    if not values:',
  '        return 0',
  '    return sum(values) / len(values)',
].join('\n');
const withLonger = buggy.replace(mean, longer);
const block = (lines: string): Piece => `\`\`\`\`python\n${lines}\n\`\`\`\`\n`;
const answer = (lines: string): ScriptedReply => ({ stream: [block(lines)] });

describe('Edit Inline', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const active = () => vscode.window.activeTextEditor;
  const inReview = () => active()?.document.uri.scheme === 'devstral-review' && active();
  const review = () => waitFor('the review', inReview);
  const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).map(({ label }) => label);
  const reviewTabs = () => tabs().filter((label) => label.includes('Devstral'));
  const told = (pattern: RegExp) =>
    waitFor(`the message ${pattern}`, () => host.messages.texts.find((text) => pattern.test(text)));
  const source = () => waitFor('the source editor', () => active()?.document.uri.scheme === 'file' && active());

  /** Opens a file with the selection on its last function. */
  async function select(name: string, text: string | Uint8Array = buggy, from = 8, to = 9) {
    const editor = await host.open(name, text);
    editor.selection = new vscode.Selection(from, 2, to, 4);
    return editor;
  }

  /** Says what to change, as typed into the input box. */
  function edit(instruction: string) {
    host.messages.type(instruction);
    return host.run('devstral.inlineEdit');
  }

  it('shows the lines in the review, writes them on Accept in one undo step, the cursor behind them', async () => {
    await select('a.py');
    host.reply = () => answer(longer);
    await edit('return 0 for no values');
    assert.deepEqual(
      host.messages.asked.map(({ title, placeHolder }) => [title, placeHolder]),
      [['Edit lines 9 to 10 of a.py', 'Describe the change']],
    );
    assert.match(host.bodies()[0] ?? '', /return 0 for no values/);
    const right = await review();
    assert.equal(right.document.getText(), withLonger);
    assert.equal(host.text('a.py'), buggy, 'nothing is written before Accept');
    assert.equal(right.selection.active.line, 9, 'the cursor is on the first changed line');

    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), withLonger);
    const { document, selection } = await source();
    assert.deepEqual([selection.active.line, selection.active.character], [11, 36]);
    assert.equal(document.isDirty, false);
    assert.deepEqual(reviewTabs(), []);
    await host.run('undo');
    assert.equal(document.getText(), buggy);
    await host.run('undo');
    assert.equal(document.getText(), buggy, 'there was one step');
  });

  it('keeps every other byte: CRLF, a byte order mark, no newline at the end', async () => {
    const bytes = (text: string) => Buffer.from(`\uFEFF${text.trimEnd().replaceAll('\n', '\r\n')}`);
    await select('a.py', bytes(buggy));
    host.reply = () => answer(longer);
    await edit('return 0 for no values');
    await review();
    await host.run('devstral.review.acceptAll');
    assert.equal(host.bytes('a.py').toString('latin1'), bytes(withLonger).toString('latin1'));
  });

  it('leaves no trace after Escape, and asks nothing of the model', async () => {
    const editor = await select('a.py');
    const { selection } = editor;
    const before = sidecars();
    await host.run('devstral.inlineEdit');
    assert.deepEqual(host.bodies(), []);
    assert.deepEqual(sidecars(), before);
    assert.equal(active(), editor);
    assert.ok(editor.selection.isEqual(selection));
    assert.deepEqual(
      [host.messages.texts, tabs(), host.text('a.py')],
      [['Edit lines 9 to 10 of a.py'], ['a.py'], buggy],
    );
  });

  it('fixes the problems of the lines when nothing is typed, and does nothing where there are none', async () => {
    const editor = await select('a.py');
    const own = vscode.languages.createDiagnosticCollection('test');
    const at = (line: number, text: string) => new vscode.Diagnostic(new vscode.Range(line, 4, line, 8), text);
    own.set(editor.document.uri, [at(9, 'divides by too little'), at(1, 'starts at one')]);
    try {
      host.reply = () => answer(mendedMean);
      await edit('');
      const [{ placeHolder } = {}] = host.messages.asked;
      assert.equal(placeHolder, 'Describe the change, or leave empty to fix the problem here');
      assert.equal((await review()).document.getText(), secondMended);
      const [body = ''] = host.bodies();
      assert.match(body, /divides by too little/);
      assert.doesNotMatch(body, /starts at one/);
      await host.run('devstral.review.rejectAll');
    } finally {
      own.dispose();
    }
    await select('a.py');
    await edit('');
    assert.equal(host.bodies().length, 1);
  });

  it('fills the right side while it is written, at the same place, and lets nobody type or accept before', async () => {
    const head = Array.from({ length: 200 }, (_unused, line) => `before_${line} = ${line}\n`).join('');
    const tail = Array.from({ length: 200 }, (_unused, line) => `after_${line} = ${line}\n`).join('');
    const editor = await select('a.py', head + buggy + tail, 208, 209);
    editor.revealRange(new vscode.Range(195, 0, 195, 0), vscode.TextEditorRevealType.AtTop);
    const topLine = () => active()?.visibleRanges[0]?.start.line ?? 0;
    const top = await waitFor('scrolling', () => topLine() > 180 && topLine());
    const [first = '', second = ''] = longer.split('\n');
    host.reply = () => ({
      stream: [`\`\`\`\`python\n${first}\n`, { delayMs: 300 }, `${second}\n`, { delayMs: 300 }, ' ', { hang: true }],
    });
    const running = edit('return 0 for no values');
    const right = await review();
    const partial = head + buggy.replace(mean, mean.replace('\n', `\n${second}\n`)) + tail;
    await waitFor('the second line', () => right.document.getText() === partial);
    await waitFor(`line ${top} at the top, not ${topLine()}`, () => topLine() === top);
    assert.equal(right.document.isDirty, false);
    await host.run('type', { text: 'x' });
    assert.equal(right.document.getText(), partial);
    await host.run('devstral.review.acceptAll');
    assert.equal(editor.document.getText(), head + buggy + tail);
    assert.deepEqual(reviewTabs(), ['a.py (Devstral)']);
    await host.run('devstral.inlineEdit.stop');
    await running;
  });

  it('stops: nothing of a half change is left, the document was never touched', async () => {
    const editor = await select('a.py');
    const seen: { hungUpAt?: number }[] = [];
    host.reply = (request) => {
      seen.push(request);
      return { stream: ['````python\ndef mean(values):\n    if not va', { hang: true }] };
    };
    const running = edit('return 0 for no values');
    await waitFor('the request', () => seen.length === 1);
    await host.run('devstral.inlineEdit.stop');
    await running;
    await waitFor('hanging up', () => seen[0]?.hungUpAt !== undefined);
    assert.equal(active(), editor);
    assert.deepEqual([editor.document.getText(), editor.document.isDirty, tabs()], [buggy, false, ['a.py']]);
    assert.deepEqual(host.messages.texts, ['Edit lines 9 to 10 of a.py']);
  });

  it('stops: changes that are whole stay in the review', async () => {
    await select('a.py', buggy, 0, 9);
    host.reply = () => ({
      stream: [
        '````python\ndef first(values):\n    return values[0]\n',
        { delayMs: 300 },
        '\n\ndef middle(values):\n    return values[len(values) // 2]\n',
        { delayMs: 300 },
        '\n\ndef mean(values):\n    ret',
        { hang: true },
      ],
    });
    const running = edit('mend it');
    const right = await review();
    await waitFor('the first change', () => right.document.getText() === firstMended);
    await host.run('devstral.inlineEdit.stop');
    await running;
    assert.equal(right.document.getText(), firstMended);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), firstMended);
  });

  it('refines: the same input with the last instruction, a new round on the proposal, one change to accept', async () => {
    await select('a.py');
    host.reply = () => answer(mendedMean);
    await edit('divide by the count');
    const right = await review();
    await waitFor('the proposal', () => right.document.getText() === secondMended);
    await replace(right, 'def first(values)', 'def first(items)');
    host.reply = () => answer(longer);
    host.messages.type('and return 0 for no values');
    await host.run('devstral.inlineEdit.refine');
    const asked = host.messages.asked.at(-1);
    assert.deepEqual([asked?.title, asked?.value], ['Edit lines 9 to 10 of a.py', 'divide by the count']);
    assert.deepEqual(asked?.valueSelection, [0, 'divide by the count'.length]);
    const wanted = withLonger.replace('def first(values)', 'def first(items)');
    await waitFor('the second round', () => right.document.getText() === wanted);
    assert.match(host.bodies()[1] ?? '', /Already done in it: divide by the count/);
    assert.equal(reviewTabs().length, 1, 'it is the same tab');
    await replace(right, 'return 0', 'return None');
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), wanted.replace('return 0', 'return None'));
  });

  it('keeps the proposal when refining is left, stopped or brings nothing', async () => {
    await select('a.py');
    host.reply = () => answer(mendedMean);
    await edit('divide by the count');
    const right = await review();
    await waitFor('the proposal', () => right.document.getText() === secondMended);
    await host.run('devstral.inlineEdit.refine');
    assert.equal(host.bodies().length, 1);
    host.reply = () => ({ stream: ['````python\ndef mean(values):\n    if no', { hang: true }] });
    host.messages.type('more');
    const running = host.run('devstral.inlineEdit.refine');
    await waitFor('the request', () => host.bodies().length === 2);
    await host.run('devstral.inlineEdit.stop');
    await running;
    assert.equal(right.document.getText(), secondMended);
    host.reply = () => answer(mendedMean);
    host.messages.type('less');
    await host.run('devstral.inlineEdit.refine');
    await told(/^No change suggested/);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), secondMended);
  });

  it('refines one change of a whole fix, at the cursor', async () => {
    await host.open('a.py', buggy);
    host.answerWith(mended);
    const right = await host.review();
    right.selection = new vscode.Selection(9, 0, 9, 0);
    host.reply = () => answer('    return sum(values) / max(1, len(values))');
    host.messages.type('no division by zero');
    await host.run('devstral.inlineEdit.refine');
    assert.equal(host.messages.asked.at(-1)?.title, 'Edit line 10 of a.py');
    const wanted = mended.replace('/ len(values)', '/ max(1, len(values))');
    await waitFor('the new round', () => right.document.getText() === wanted);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), wanted);
  });

  it('is rejected by closing its tab, and can be restored', async () => {
    const editor = await select('a.py');
    host.reply = () => answer(longer);
    await edit('return 0 for no values');
    await review();
    await host.run('workbench.action.closeActiveEditor');
    await waitFor('the rejection', async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return reviewTabs().length === 0;
    });
    await host.run('devstral.review.acceptAll');
    assert.deepEqual([reviewTabs(), editor.document.getText()], [[], buggy]);
    await host.run('devstral.review.restore');
    assert.equal((await review()).document.getText(), withLonger);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), withLonger);
  });

  it('is stopped by closing its tab while it is written', async () => {
    await select('a.py');
    const seen: { hungUpAt?: number }[] = [];
    host.reply = (request) => {
      seen.push(request);
      return { stream: ['````python\ndef mean(values):\n    if not values:\n', { delayMs: 300 }, ' ', { hang: true }] };
    };
    const running = edit('return 0 for no values');
    await review();
    await host.run('workbench.action.closeActiveEditor');
    await running;
    await waitFor('hanging up', () => seen[0]?.hungUpAt !== undefined);
    assert.deepEqual([reviewTabs(), host.text('a.py')], [[], buggy]);
  });

  it('opens nothing when the person went elsewhere; the proposal waits', async () => {
    await select('a.py');
    host.reply = async () => {
      await host.open('elsewhere.py', 'y = 2\n');
      return answer(longer);
    };
    await edit('return 0 for no values');
    await told(/^1 change ready for a\.py\.$/);
    assert.match(active()?.document.uri.path ?? '', /elsewhere\.py$/);
    assert.deepEqual(reviewTabs(), []);
    await host.run('devstral.review.acceptAll');
    assert.equal(host.text('a.py'), withLonger);
  });

  it('merges what the person typed meanwhile, and finds the new text', async () => {
    const editor = await select('a.py');
    host.reply = () => answer(longer);
    await edit('return 0 for no values');
    await review();
    const edits = new vscode.WorkspaceEdit();
    edits.insert(editor.document.uri, new vscode.Position(0, 0), '# one\n# two\n');
    await vscode.workspace.applyEdit(edits);
    await host.run('devstral.review.acceptAll');
    const now = await source();
    assert.equal(now.document.getText(), `# one\n# two\n${withLonger}`);
    assert.equal(now.selection.active.line, 13);
  });

  it('says why there is no proposal, and leaves nothing open', async () => {
    const editor = await select('a.py');
    host.reply = () => answer('def mean(');
    await edit('break it');
    await told(/^No usable change found/);
    host.reply = () => ({ status: 404, body: { detail: 'no such model' } });
    await edit('again');
    await told(/^Model not on this server/);
    assert.deepEqual([active()?.document, reviewTabs(), editor.document.getText()], [editor.document, [], buggy]);
  });

  it('offers Explain, Add Tests and Document for a selection only, and documents', async () => {
    const editor = await select('a.py');
    const { uri } = editor.document;
    const offered = async (range: vscode.Range, kind?: string) =>
      (
        await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range, kind)
      ).filter(({ title }) => /Devstral/.test(title));
    const own = (await offered(editor.selection)).map(({ title, kind }) => [title, kind?.value]);
    assert.deepEqual(own, [
      ['Explain with Devstral', 'refactor.devstral.explain'],
      ['Add Tests with Devstral', 'refactor.devstral.addTests'],
      ['Document with Devstral', 'refactor.devstral.document'],
    ]);
    assert.deepEqual(await offered(new vscode.Range(8, 2, 8, 2)), []);
    assert.deepEqual(
      (await offered(editor.selection, 'refactor.devstral.document')).map(({ title }) => title),
      ['Document with Devstral'],
    );
    await host.set({ 'devstral.editor.codeActions': false });
    try {
      assert.deepEqual(await offered(editor.selection), []);
    } finally {
      await host.set({ 'devstral.editor.codeActions': undefined });
    }
    const documented = mean.replace(':\n', ':\n    """The mean of some values."""\n');
    host.reply = () => answer(documented);
    await host.run('devstral.document');
    assert.equal((await review()).document.getText(), buggy.replace(mean, documented));
    assert.match(host.bodies()[0] ?? '', /documentation comments/);
  });

  it('explains a selection in the chat, with the selection as context', async () => {
    await host.open('b.py', 'b = 1\n');
    await host.run('devstral.addFile', vscode.Uri.file(host.path('b.py')));
    await select('a.py');
    host.reply = () => ({ stream: ['It divides.'] });
    await host.run('devstral.explain');
    const [body = ''] = await waitFor('the question', () => host.bodies().length === 1 && host.bodies());
    assert.match(body, /Explain the selected code/);
    assert.match(body, /a\.py, lines 9 to 10/);
    assert.ok(!body.includes('b = 1'), 'a chip waits for the message that it was added for');
    await host.run('devstral.session.new');
  });
});
