import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { createReadAhead } from '../../extension/chat/context/readAhead.ts';
import { sidecarSettings } from '../../extension/config.ts';
import type { PanelSettings } from '../../webview/protocol.ts';
import { buggy, mended } from './fixHost.ts';
import { call, createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

/** What a setting changes, seen where it is seen: in prompts, in sessions, in the panel. */
describe('settings', () => {
  let host: SessionHost;
  before(async () => {
    host = await createSessionHost();
  });
  beforeEach(() => host.newSession());
  afterEach(async () => {
    host.page.send({ type: 'stop' });
    await host.reset();
  });
  after(() => host.stop());

  async function withSet(values: Record<string, unknown>, run: () => Promise<void>): Promise<void> {
    const names = Object.keys(values);
    const before = names.map((name) => [name, vscode.workspace.getConfiguration().inspect(name)?.globalValue]);
    await host.set(values);
    try {
      await run();
    } finally {
      await host.set(Object.fromEntries(before));
    }
  }
  async function sayHello(): Promise<string> {
    const { page } = host;
    host.script(says('Hello.'));
    page.say('hello');
    await page.ended();
    return host.bodies().at(-1) ?? '';
  }

  it('agent.maxSteps: a turn ends after that many', async () => {
    const { page } = host;
    await host.open('a.py', buggy);
    const read = (offset: number) => call('read', { file_path: host.relative('a.py'), offset });
    host.script(read(1), read(2), read(3), says('Done.'));
    await withSet({ 'devstral.agent.maxSteps': 2 }, async () => {
      page.say('look');
      await page.ended();
    });
    const end = page.kept().at(-1);
    assert.ok(end?.type === 'end' && end.reason === 'steps', JSON.stringify(end));
    assert.equal(host.bodies().length, 2);
    // With the default the same turn comes to its end.
    await host.newSession();
    host.script(read(1), read(2), read(3), says('Done.'));
    page.say('look');
    await page.ended();
    const other = page.kept().at(-1);
    assert.ok(other?.type === 'end' && other.reason === 'done', JSON.stringify(other));
  });

  it('agent.answerLanguage: the model is told which, or nothing', async () => {
    await withSet({ 'devstral.agent.answerLanguage': 'Esperanto' }, async () => {
      assert.match(await sayHello(), /Answer in: Esperanto\./);
    });
    await host.newSession();
    assert.doesNotMatch(await sayHello(), /Answer in:/);
  });

  it('agent.mcpServers: their tools are offered to the model', async () => {
    const root = vscode.extensions.getExtension('devstral-vscode.devstral')?.extensionPath ?? '';
    const args = [join(root, 'dist/test/servers/mcpServerMain.mjs')];
    const servers = [{ name: 'local', command: process.execPath, args, env: { ELECTRON_RUN_AS_NODE: '1' } }];
    await withSet({ 'devstral.agent.mcpServers': servers }, async () => {
      assert.match(await sayHello(), /"mcp__local__echo"/);
    });
    await host.newSession();
    assert.doesNotMatch(await sayHello(), /mcp__/);
  });

  it('fallback: a server named there answers when the chosen one does not', async () => {
    const servers = vscode.workspace.getConfiguration('devstral').get<unknown[]>('servers') ?? [];
    const down = { name: 'down', url: 'http://127.0.0.1:9/v1', model: 'none' };
    await host.open('a.py', buggy);
    host.answerWith(mended);
    await withSet(
      { 'devstral.servers': [...servers, down], 'devstral.model': 'down', 'devstral.fallback': ['scripted'] },
      async () => {
        const right = await host.review();
        assert.equal(right.document.getText(), mended);
      },
    );
    assert.equal(host.bodies().length, 1);
  });

  it('chat.reasoning and chat.whileRunning: every page is told, one that opens later too', async () => {
    const told = () => {
      const last = host.page.messages.findLast((message) => message.type === 'settings');
      return last?.type === 'settings' ? last.settings : undefined;
    };
    const wanted: PanelSettings = { reasoning: 'hidden', whileRunning: 'queue' };
    await withSet({ 'devstral.chat.reasoning': 'hidden', 'devstral.chat.whileRunning': 'queue' }, async () => {
      await waitFor('the settings', () => JSON.stringify(told()) === JSON.stringify(wanted));
      const later = await host.openPage();
      const state = later.messages.find((message) => message.type === 'state');
      later.dispose();
      assert.ok(state?.type === 'state');
      assert.deepEqual(state.settings, wanted);
    });
    await waitFor('the defaults', () => told()?.reasoning === 'folded' && told()?.whileRunning === 'steer');
    await withSet({ 'devstral.chat.reasoning': 'shouted' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(told()?.reasoning, 'folded', 'what is none of its values is the default');
    });
  });

  it('chat.readWhileTyping: a model is asked to read ahead, or not', async () => {
    let asked = 0;
    const request = async (name: string) => {
      assert.equal(name, 'sessionReadAhead');
      asked++;
    };
    const changed = new vscode.EventEmitter<void>();
    const readAhead = createReadAhead({
      sidecar: { running: () => true, request: request as never },
      sessionId: () => 's1',
      items: () => [],
      onItems: changed.event,
      log: { debug: () => undefined },
    });
    try {
      readAhead.writing(true);
      await waitFor('the reading', () => asked === 1);
      await withSet({ 'devstral.chat.readWhileTyping': false }, async () => {
        readAhead.writing(true);
        changed.fire();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        assert.equal(asked, 1);
      });
      changed.fire();
      await waitFor('the reading again', () => asked === 2);
    } finally {
      readAhead.dispose();
      changed.dispose();
    }
  });

  /** What they do is tested there; here, that they arrive. */
  const arriving: [name: string, value: unknown, read: (settings: ReturnType<typeof sidecarSettings>) => unknown][] = [
    ['models.kvCache', 'q8_0', ({ kvCache }) => kvCache],
    ['agent.sandboxImage', 'node:22', ({ agent }) => agent?.sandboxImage],
    ['agent.sandboxNetwork', true, ({ agent }) => agent?.sandboxNetwork],
  ];
  for (const [name, value, read] of arriving) {
    it(`${name}: reaches the process that computes`, async () => {
      assert.notDeepEqual(read(sidecarSettings()), value);
      await withSet({ [`devstral.${name}`]: value }, async () => assert.deepEqual(read(sidecarSettings()), value));
    });
  }
});
