import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { chatTools } from '../../extension/chat/chatTools.ts';
import { type ChatContext, createChatContext } from '../../extension/chat/context/chatContext.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { Candidate, HostMessage } from '../../webview/protocol.ts';
import { createFixHost, type FixHost } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

/** Numbers of `devstral/session/budget`, with a token for each character of a label. */
const budgetFor = (labels: readonly string[]) => ({
  system: 100,
  rules: 0,
  context: labels.map(({ length }) => length),
  message: 0,
  conversation: 0,
  answer: 200,
  size: 1000,
  condensable: 0,
  exact: true,
});

describe('context of a message in the editor', () => {
  let host: FixHost;
  const posts: HostMessage[] = [];
  const refused: ProblemReport[] = [];
  const asked: { text: string; labels: string[]; cancelled: boolean }[] = [];
  let delay = 0;
  let context: ChatContext;

  const uri = (name: string) => vscode.Uri.file(host.path(name));
  const chips = () => context.list.chips().map(({ kind, label }) => `${kind} ${label}`);
  const last = <T extends HostMessage['type']>(type: T) =>
    posts.findLast((message): message is Extract<HostMessage, { type: T }> => message.type === type);

  /** What is offered at the end of a search. */
  async function candidates(query: string): Promise<Candidate[]> {
    await context.handlers.findCandidates({ type: 'findCandidates', query });
    return last('candidates')?.candidates ?? [];
  }

  async function add(query: string, kind: Candidate['kind']): Promise<void> {
    const found = (await candidates(query)).find((candidate) => candidate.kind === kind);
    assert.ok(found, `${kind} is not offered for ${query}`);
    await context.handlers.addCandidate({ type: 'addCandidate', id: found.id });
  }

  before(() => {
    host = createFixHost();
  });
  beforeEach(() => {
    posts.length = 0;
    refused.length = 0;
    asked.length = 0;
    delay = 0;
    const request = async (
      _name: string,
      params: { text: string; context: { label: string }[] },
      token?: vscode.CancellationToken,
    ) => {
      const labels = params.context.map(({ label }) => label);
      const one = { text: params.text, labels, cancelled: false };
      asked.push(one);
      token?.onCancellationRequested(() => {
        one.cancelled = true;
      });
      await new Promise((resolve) => setTimeout(resolve, delay));
      return { budget: budgetFor(labels) };
    };
    context = createChatContext({
      sidecar: { running: () => true, request: request as never },
      tools: () => chatTools,
      sessionId: () => 's1',
      post: (message) => void posts.push(message),
      postWhenReady: (message) => void posts.push(message),
      refuse: (report) => void refused.push(report),
      open: async () => undefined,
    });
    mkdirSync(host.path('src/deep'), { recursive: true });
    for (const name of [
      'src/parser.py',
      'src/parts.py',
      'src/deep/other.py',
      'parking.md',
      '.env',
      'src/key.pem',
      'private/plan.md',
    ]) {
      mkdirSync(join(host.path(name), '..'), { recursive: true });
      writeFileSync(host.path(name), 'def parse_args(argv):\n    return argv\n\n\ndef main():\n    parse_args([])\n');
    }
    writeFileSync(join(host.folder, '.devstralignore'), 'private/\n');
  });
  afterEach(async () => {
    context.dispose();
    rmSync(join(host.folder, '.devstralignore'), { force: true });
    await host.reset();
  });
  after(() => host.stop());

  it('offers files and folders by likeness, at most 50, and none with secrets or of .devstralignore', async () => {
    const found = await waitFor('the files', async () => {
      const all = await candidates('par');
      return all.some(({ label }) => label === host.relative('src/parser.py')) && all;
    });
    const files = found.filter(({ kind }) => kind === 'file').map(({ label }) => label);
    assert.deepEqual(
      new Set(files.slice(0, 3)),
      new Set(['parking.md', 'src/parser.py', 'src/parts.py'].map(host.relative)),
    );
    const folder = (await candidates('deep')).find(({ kind }) => kind === 'folder');
    assert.equal(folder?.label, `${host.relative('src/deep')}/`);
    assert.equal(folder?.detail, '1 file');
    for (const query of ['env', 'key.pem', 'plan', 'private']) {
      const labels = (await candidates(query)).map(({ label }) => label);
      assert.ok(!labels.some((label) => /\.env$|key\.pem$|private/.test(label)), `${query}: ${labels}`);
    }
    assert.ok((await candidates('')).length <= 50);
  });

  it('tells the tokens of what it offers, and drops a query that was overtaken', async () => {
    delay = 100;
    const first = candidates('par');
    const second = await candidates('parser');
    await first;
    assert.equal(last('candidates')?.query, 'parser');
    const parser = second.find(({ label }) => label === host.relative('src/parser.py'));
    assert.equal(parser?.tokens, 'parser.py'.length);
  });

  it('adds a symbol with all of its lines', async () => {
    const at = new vscode.Location(uri('src/parser.py'), new vscode.Range(0, 4, 0, 14));
    const info = new vscode.SymbolInformation('parse_args', vscode.SymbolKind.Function, '', at);
    const provideWorkspaceSymbols = () => [info];
    const whole = new vscode.DocumentSymbol(
      'parse_args',
      '',
      vscode.SymbolKind.Function,
      new vscode.Range(0, 0, 1, 15),
      at.range,
    );
    const providers = [
      vscode.languages.registerWorkspaceSymbolProvider({ provideWorkspaceSymbols }),
      vscode.languages.registerDocumentSymbolProvider(
        { pattern: '**/*.py' },
        { provideDocumentSymbols: () => [whole] },
      ),
    ];
    try {
      await add('parse_a', 'symbol');
    } finally {
      for (const provider of providers) provider.dispose();
    }
    const [item] = context.list.items();
    assert.deepEqual(chips(), ['symbol parse_args']);
    assert.ok(item?.context.kind === 'file');
    assert.equal(item.context.label, 'parser.py, lines 1-2');
    assert.deepEqual(item.context.range, { start: { line: 0, character: 0 }, end: { line: 1, character: 15 } });
  });

  it('has the active file as a chip that can be removed, and not where a part of it was added', async () => {
    await host.open('src/parser.py', 'one\ntwo\nthree\n');
    assert.deepEqual(chips(), ['activeFile parser.py']);
    const [chip] = context.list.chips();
    await context.handlers.removeContext({ type: 'removeContext', id: chip?.id ?? '' });
    assert.deepEqual(chips(), []);
    context.list.reset();
    const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
    editor.selection = new vscode.Selection(0, 1, 2, 0);
    await context.addSelection();
    assert.deepEqual(chips(), ['selection parser.py, lines 1-2']);
    context.list.clearAdded();
    assert.deepEqual(chips(), ['activeFile parser.py']);
    await host.open('.env', 'KEY=1\n');
    assert.deepEqual(chips(), []);
    await host.open('parts.py', 'p = 1\n');
    assert.deepEqual(chips(), ['activeFile parts.py']);
    await host.set({ 'devstral.chat.includeActiveFile': false });
    assert.deepEqual(chips(), [], 'not where the person does not want it');
    await host.set({ 'devstral.chat.includeActiveFile': undefined });
    // Added by hand and removed again, it does not come back as the active file.
    await context.addFiles([uri('parts.py')]);
    await context.handlers.removeContext({ type: 'removeContext', id: context.list.chips()[0]?.id ?? '' });
    assert.deepEqual(chips(), []);
  });

  it('has what went along with a message as chips again, an image by way of the panel', async () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
    context.putBack([
      { kind: 'file', uri: uri('src/parts.py').toString(), label: 'parts.py' },
      { kind: 'file', uri: uri('src/parser.py').toString(), label: 'parser.py, line 1', range },
      { kind: 'folder', uri: uri('src/deep').toString(), label: 'deep/' },
      { kind: 'text', label: 'Terminal', text: '1 failed' },
      { kind: 'image', label: 'error.png', width: 4, height: 4, data: 'iVBORw0KGgo=' },
    ]);
    assert.deepEqual(chips(), ['file parts.py', 'selection parser.py, line 1', 'folder deep/', 'selection Terminal']);
    const read = last('readImage');
    assert.deepEqual([read?.name, read?.mime, read?.data], ['error.png', 'image/png', 'iVBORw0KGgo=']);
  });

  it('adds what was dropped, and says why something cannot go along', async () => {
    const uris = [uri('src/parts.py'), uri('src/deep')].map(String);
    await context.handlers.addUris({ type: 'addUris', uris: [...uris, host.path('parking.md'), 'no uri'] });
    assert.deepEqual(chips(), ['file parts.py', 'folder deep/', 'file parking.md']);
    const not = [uri('.env'), uri('private/plan.md'), uri('private'), vscode.Uri.file('/etc/hostname'), uri('none.py')];
    refused.length = 0;
    await context.handlers.addUris({ type: 'addUris', uris: [...not.map(String), 'untitled:Untitled-1'] });
    assert.deepEqual(
      refused.map(({ sentence }) => sentence),
      [
        '.env may hold secrets.',
        'plan.md is named in .devstralignore.',
        'private is named in .devstralignore.',
        'hostname is outside of the open folders.',
        'none.py does not exist.',
        'Untitled-1 is outside of the open folders.',
      ],
    );
    assert.equal(context.list.items().length, 3);
  });

  it('adds by command: files of the explorer, with a notification where one cannot go along', async () => {
    await context.addFiles([uri('src/parts.py'), uri('.env')]);
    assert.deepEqual(chips(), ['file parts.py']);
    assert.deepEqual(host.messages.texts, ['Not added to the chat. .env may hold secrets.']);
    assert.equal(refused.length, 0);
  });

  it('has the text of a selection in a document that is no file', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'first\nsecond\n' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 0, 1, 6);
    await add('selection', 'selection');
    const [item] = context.list.items();
    assert.ok(item?.context.kind === 'text');
    assert.equal(item.context.text, 'first\nsecond');
  });

  it('adds the problems that the editor shows, a line each', async () => {
    const found = vscode.languages.createDiagnosticCollection('test');
    const at = new vscode.Range(4, 0, 4, 3);
    found.set(uri('src/parser.py'), [
      new vscode.Diagnostic(at, 'unused\nname', vscode.DiagnosticSeverity.Warning),
      new vscode.Diagnostic(at, 'no such thing', vscode.DiagnosticSeverity.Error),
      new vscode.Diagnostic(at, 'a hint', vscode.DiagnosticSeverity.Hint),
    ]);
    try {
      await add('problem', 'problems');
    } finally {
      found.dispose();
    }
    const [item] = context.list.items();
    assert.ok(item?.context.kind === 'text');
    const path = host.relative('src/parser.py');
    const lines = item.context.text.split('\n').filter((line) => line.startsWith(path));
    assert.deepEqual(lines, [`${path}:5: error: no such thing`, `${path}:5: warning: unused name`]);
  });

  it('says why there is no diff', async () => {
    await add('diff', 'diff');
    assert.match(refused[0]?.sentence ?? '', /^Working tree (needs|has)/);
  });

  it('offers an address only where pages may be fetched', async () => {
    const offers = async () => (await candidates('https://a.example/x')).filter(({ kind }) => kind === 'url');
    assert.deepEqual(await offers(), []);
    await host.set({ 'devstral.agent.fetchUrl': true });
    await add('https://a.example/x', 'url');
    assert.deepEqual(chips(), ['url https://a.example/x']);
    await host.set({ 'devstral.offline': true });
    assert.deepEqual(await offers(), []);
    await host.set({ 'devstral.agent.fetchUrl': undefined, 'devstral.offline': undefined });
  });

  it('counts chips and budget after a pause, the newest draft only', async () => {
    await context.handlers.addUris({ type: 'addUris', uris: [uri('src/parts.py').toString()] });
    delay = 300;
    await context.handlers.watchBudget({ type: 'watchBudget', draft: 'f' });
    await context.handlers.watchBudget({ type: 'watchBudget', draft: 'fix' });
    await waitFor('the first count', () => asked.length > 0);
    await context.handlers.watchBudget({ type: 'watchBudget', draft: 'fix it' });
    const budget = await waitFor('the budget', () => last('budget')?.budget ?? undefined);
    assert.deepEqual(
      asked.map(({ text, cancelled }) => [text, cancelled]),
      [
        ['fix', true],
        ['fix it', false],
      ],
    );
    assert.equal(budget.files, 'parts.py'.length);
    assert.equal(last('context')?.context[0]?.tokens, 'parts.py'.length);
    await context.handlers.watchBudget({ type: 'watchBudget', draft: null });
    assert.equal(last('budget')?.budget, null);
  });

  it('asks with a list, which says how much is free', async () => {
    await context.handlers.watchBudget({ type: 'watchBudget', draft: '' });
    await waitFor('the budget', () => last('budget')?.budget ?? undefined);
    const done = context.addContext();
    const list = await waitFor('the list', () => {
      const shown = host.messages.list();
      return shown.items().length > 0 && shown;
    });
    assert.equal(list.title(), 'Add Context, 700 tokens free');
    list.accept(/parking\.md/);
    await done;
    assert.deepEqual(chips(), ['file parking.md']);
  });
});
