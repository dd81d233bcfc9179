import assert from 'node:assert/strict';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { answerHandlers } from '../../extension/chat/answerHandlers.ts';
import { registerChatEditor } from '../../extension/chat/chatEditor.ts';
import { codeHandlers } from '../../extension/chat/code/codeBlocks.ts';
import { createFirstRun } from '../../extension/chat/firstRun.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { ModelEntry, ModelStatus } from '../../sidecar/protocol/models.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { buggy, createFixHost, type FixHost } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

describe('the chat in the editor', () => {
  let host: FixHost;
  before(() => {
    host = createFixHost();
  });
  after(() => host.stop());

  describe('code of an answer', () => {
    const staged: ChangeSet[] = [];
    let opened = 0;
    const code = codeHandlers({
      hunks: async () => [],
      stage: (changeSet) => {
        staged.push(changeSet);
        return { open: async () => void opened++ };
      },
      editor: () => vscode.window.activeTextEditor,
    });
    const apply = (text: string, path?: string) =>
      code.applyCode({ type: 'applyCode', text, language: 'python', ...(path === undefined ? {} : { path }) });
    const shown = (text: string) =>
      waitFor('the document', () => {
        const document = vscode.window.activeTextEditor?.document;
        return document?.getText() === text && document;
      });
    /** A document that still closes would lend its name, and its text, to the next one. */
    const discard = async () => {
      await host.run('workbench.action.revertAndCloseActiveEditor');
      await waitFor(
        'the end of the document',
        () => !vscode.workspace.textDocuments.some(({ isUntitled }) => isUntitled),
      );
    };
    beforeEach(() => {
      staged.length = 0;
      opened = 0;
    });
    afterEach(() => host.reset());

    it('is proposed where it belongs in the active file, and nothing is written', async () => {
      const editor = await host.open('a.py', buggy);
      await apply('def mean(values):\n    return sum(values) / len(values)');
      const [file] = staged[0]?.files ?? [];
      assert.equal(file?.proposedText, buggy.replace('(len(values) - 1)', 'len(values)'));
      assert.equal(file.base.text, buggy);
      assert.equal(file.operation, 'edit');
      assert.equal(opened, 1);
      assert.equal(editor.document.getText(), buggy);
    });

    it('is proposed for the file that it names, also for a new one', async () => {
      await host.open('a.py', buggy);
      await host.open('b.py', 'x = 1\n');
      await apply('def first(values):\n    return values[0]', host.relative('a.py'));
      assert.equal(staged[0]?.files[0]?.uri, vscode.Uri.file(host.path('a.py')).toString());
      await apply('y = 2', host.relative('new.py'));
      const [created] = staged[1]?.files ?? [];
      assert.equal(created?.operation, 'create');
      assert.equal(created.base.revision.kind, 'absent');
      assert.equal(created.proposedText, 'y = 2\n');
      await apply('y = 2', '../outside.py');
      assert.equal(staged.length, 2);
      assert.match(host.messages.texts.at(-1) ?? '', /outside\.py is outside of the open folders/);
    });

    it('offers a new file where no place is like it', async () => {
      await host.open('a.py', buggy);
      host.messages.answer(/No place found for this code/, 'New File');
      await apply('SELECT name FROM people WHERE age > 3;');
      assert.equal(staged.length, 0);
      await shown('SELECT name FROM people WHERE age > 3;\n');
      await discard();
    });

    it('takes the place of the selection, with its indentation, in one undo step', async () => {
      const editor = await host.open('a.py', 'def f():\n    old\n');
      editor.selection = new vscode.Selection(1, 4, 1, 7);
      await code.insertCode({ type: 'insertCode', text: 'if $x:\n    return 1' });
      assert.equal(editor.document.getText(), 'def f():\n    if $x:\n        return 1\n');
      await host.run('undo');
      assert.equal(editor.document.getText(), 'def f():\n    old\n');
    });

    it('may link to files of the workspace with a line, and to none outside', async () => {
      await host.open('a.py', 'one\ntwo\nthree\n');
      await host.open('b.py', 'b = 1\n');
      const { openLink, copy } = answerHandlers;
      await openLink({ type: 'openLink', href: `${host.relative('a.py')}#L3` });
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document.uri.fsPath, host.path('a.py'));
      assert.equal(editor.selection.active.line, 2);
      await openLink({ type: 'openLink', href: `../${basename(host.folder)}/${host.relative('b.py')}:1` });
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, host.path('b.py'));
      for (const href of ['/etc/hostname', '../../etc/hostname', 'file:///etc/hostname', 'command:devstral.stop']) {
        await openLink({ type: 'openLink', href });
        assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, host.path('b.py'), href);
      }
      await copy({ type: 'copy', text: 'copied' });
      assert.equal(await vscode.env.clipboard.readText(), 'copied');
    });

    it('goes into a new document with its language', async () => {
      await code.newFile({ type: 'newFile', text: 'a: 1', language: 'yml' });
      const document = await shown('a: 1\n');
      assert.equal(document.languageId, 'yaml');
      assert.equal(document.isUntitled, true);
      await discard();
    });
  });

  describe('the chat in a tab', () => {
    afterEach(() => host.reset());
    const tabs = () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter(
          ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('devstral.chatEditor'),
        );

    it('is opened once and shown again', async () => {
      await host.run('devstral.chat.openInEditor');
      await waitFor('the tab', () => tabs().length === 1);
      await host.run('devstral.chat.openInEditor');
      assert.equal(tabs().length, 1);
      assert.equal(tabs()[0]?.label, 'Devstral');
    });

    it('is loaded again into the tab that VS Code brings back after a reload', async () => {
      const { registerCommand } = vscode.commands;
      const { registerWebviewPanelSerializer } = vscode.window;
      let serializer: vscode.WebviewPanelSerializer | undefined;
      // The extension itself has registered both.
      Object.assign(vscode.commands, { registerCommand: () => ({ dispose: () => undefined }) });
      Object.assign(vscode.window, {
        registerWebviewPanelSerializer(viewType: string, own: vscode.WebviewPanelSerializer) {
          assert.equal(viewType, 'devstral.chatEditor');
          serializer = own;
          return { dispose: () => undefined };
        },
      });
      const attached: vscode.Webview[] = [];
      const panel = { attach: (webview: vscode.Webview) => void attached.push(webview) } as never;
      const registered = registerChatEditor(panel, vscode.Uri.file('/'), () => undefined);
      Object.assign(vscode.commands, { registerCommand });
      Object.assign(vscode.window, { registerWebviewPanelSerializer });
      const restored = vscode.window.createWebviewPanel('devstral.chatEditor', 'Devstral', vscode.ViewColumn.Active);
      await serializer?.deserializeWebviewPanel(restored, { draft: 'kept by the page' });
      assert.deepEqual(attached, [restored.webview]);
      registered.dispose();
    });
  });

  describe('the first run', () => {
    const statuses = new vscode.EventEmitter<ModelStatus>();
    const posts: HostMessage[] = [];
    const requests: [string, unknown][] = [];
    const kept = new Map<string, unknown>();
    let models: ModelEntry[] = [];
    let status: ModelStatus = { name: 'Starter', kind: 'local', state: { state: 'off' } };

    const entry = (id: string, more: Partial<ModelEntry>): ModelEntry => ({
      id,
      label: id,
      description: 'Q4_K_M, 5.2 GB',
      detail: 'Fits on the GPU',
      how: 'fits on the GPU',
      suits: true,
      group: 'canBeDownloaded',
      bytes: 5.2e9,
      recommended: false,
      ...more,
    });
    const make = () => {
      const answers: Record<string, unknown> = {
        machineDescribe: { text: '✓ Processor: Xeon, 2 cores', short: 'Xeon, 8 GB RAM' },
      };
      return createFirstRun({
        sidecar: {
          request: async (name: string, params: unknown) => {
            requests.push([name, params]);
            return name === 'modelList' ? { models } : (answers[name] ?? {});
          },
          requestWithProgress: async (name: string, params: unknown) => {
            requests.push([name, params]);
            return { ready: true };
          },
          settingsChanged: async () => undefined,
        } as never,
        status: () => status,
        onStatus: statuses.event,
        memento: {
          get: (key: string, fallback: unknown) => kept.get(key) ?? fallback,
          update: async (key: string, value: unknown) => void kept.set(key, value),
        } as never,
        post: (message) => void posts.push(message),
        onError: assert.fail,
      });
    };
    const firstRuns = () => posts.flatMap((message) => (message.type === 'firstRun' ? [message.firstRun] : []));
    beforeEach(async () => {
      posts.length = 0;
      requests.length = 0;
      kept.clear();
      status = { name: 'Starter', kind: 'local', state: { state: 'off' } };
      models = [entry('devstral-small-2', { recommended: true }), entry('starter', { group: 'inUse', bytes: 1.1e9 })];
      await host.set({ 'devstral.model': 'auto' });
    });
    after(() => statuses.dispose());

    it('offers what runs here until a model answers, and never again', async () => {
      const part = make();
      part.look();
      const offered = await waitFor('the offer', () => firstRuns()[0] ?? undefined);
      assert.equal(offered.machine, 'Xeon, 8 GB RAM');
      assert.deepEqual(
        offered.choices.map(({ id, recommended }) => [id, recommended]),
        [
          ['devstral-small-2', true],
          ['starter', false],
        ],
      );
      statuses.fire({ ...status, state: { state: 'ready' } });
      assert.equal(firstRuns().at(-1), null);
      requests.length = 0;
      part.look();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(requests, []);
      part.dispose();
    });

    it('starts the starter while the chosen model is fetched, and only the model where that is not wanted', async () => {
      const part = make();
      await part.handlers.startModel({ type: 'startModel', id: 'devstral-small-2' });
      await waitFor('the download', () => requests.some(([name]) => name === 'modelDownload'));
      await waitFor('the starter', () => requests.some(([name]) => name === 'modelPrepare'));
      assert.equal(vscode.workspace.getConfiguration('devstral').get('model'), 'starter');
      await host.set({ 'devstral.models.starter': false, 'devstral.model': 'auto' });
      requests.length = 0;
      await part.handlers.startModel({ type: 'startModel', id: 'devstral-small-2' });
      await waitFor('the model', () => requests.some(([name]) => name === 'modelPrepare'));
      assert.ok(!requests.some(([name]) => name === 'modelDownload'));
      assert.equal(vscode.workspace.getConfiguration('devstral').get('model'), 'devstral-small-2');
      part.dispose();
    });

    it('shows downloads, and pauses and cancels them', async () => {
      const part = make();
      const download = {
        id: 'm',
        name: 'M',
        path: '/m',
        received: 5,
        total: 10,
        bytesPerSecond: 1,
        runs: 'here',
      } as const;
      status = { ...status, downloads: [download] };
      statuses.fire(status);
      assert.deepEqual(part.downloads(), [
        { id: 'm', name: 'M', received: 5, total: 10, bytesPerSecond: 1, runs: true },
      ]);
      await part.handlers.download({ type: 'download', id: 'm', action: 'pause' });
      await waitFor('the pause', () => requests.some(([name]) => name === 'modelPauseDownload'));
      host.messages.answer(/Remove M from this computer/, 'Remove');
      await part.handlers.download({ type: 'download', id: 'm', action: 'cancel' });
      await waitFor('the removal', () => requests.some(([name]) => name === 'modelRemove'));
      part.dispose();
    });
  });
});
