import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type Script, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startOnUsualPort } from '../servers/usualPort.ts';
import { buggy, createFixHost, type FixHost } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

const message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
const models = { data: [{ id: 'devstral', object: 'model', owned_by: 'vllm', max_model_len: 65536 }] };
/** A vLLM that lacks a flag. */
const vllm: Script = {
  models,
  gets: { '/version': { version: '0.32.0' } },
  replies: [{ stream: ['1, ', '2'] }],
};
const refusing: Script = { models, replies: [{ status: 400, body: { error: { message } } }] };

describe('servers', () => {
  let host: FixHost;
  let server: ScriptedServer | undefined;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await host.reset();
  });
  after(() => host.stop());

  const shown = () => {
    const document = vscode.window.activeTextEditor?.document;
    return document?.uri.scheme === 'devstral-check' ? document : undefined;
  };

  it('Check Server shows what is wrong, what it means and the fix, in a text that cannot be edited', async () => {
    server = await startScriptedServer(refusing);
    await host.run('devstral.checkServer', server.url);
    const document = shown();
    const text = document?.getText() ?? '';
    assert.match(text, /^✓ http:\/\/127\.0\.0\.1:\d+ answers: vLLM$/m);
    assert.match(text, /^✗ The chat answered 400: "auto" tool choice requires/m);
    assert.deepEqual([document?.isUntitled, document?.isDirty], [false, false]);
    await vscode.window.activeTextEditor?.edit((edit) => edit.insert(new vscode.Position(0, 0), 'x'));
    assert.equal(document?.getText(), text);
    assert.ok(host.messages.texts.includes(`Devstral: Checking ${server.url}`));

    // Again at the same address: the view follows.
    const { port } = new URL(server.url);
    await server.close();
    server = await startScriptedServer(vllm, Number(port));
    await host.run('devstral.checkServer', server.url);
    await waitFor('the new text', () => /answers: vLLM 0\.32\.0$/m.test(shown()?.getText() ?? ''));
    assert.match(shown()?.getText() ?? '', /^✓ Context: 65,536 tokens$/m);
    assert.match(shown()?.getText() ?? '', /^! Tool calls: .*\n {2}.*--tool-call-parser mistral$/m);
  });

  it('the button of an error checks the server that it names', async () => {
    await host.open('a.py', buggy);
    host.reply = () => ({ status: 401, body: { error: 'Unauthorized' } });
    host.messages.answer(/^The server refused the key\./, 'Check Server');
    await host.run('devstral.fixFile');
    const document = await waitFor('the checks', shown);
    assert.match(
      document.getText(),
      /^✗ The chat wants a key and none is set \(401\)\n {2}Run Devstral: Set Server Key/m,
    );
    assert.match(document.getText(), /, model scripted$/m);
  });

  it('Cancel ends a check and shows nothing', async () => {
    server = await startScriptedServer({ models, replies: [{ hang: true }] });
    const hanging = server;
    const check = host.run('devstral.checkServer', server.url);
    await waitFor('the question', () => hanging.chats().length > 0);
    assert.ok(host.messages.cancel(/Checking/));
    await check;
    assert.equal(shown(), undefined);
    await waitFor('the end of the request', () => hanging.chats()[0]?.hungUpAt !== undefined);
  });

  it('Add Server looks for servers on this computer and takes one over', async () => {
    const two = { data: [...models.data, { ...models.data[0], id: 'other' }] };
    const found = await startOnUsualPort({ models: two, replies: [] });
    server = found;
    host.messages.pick('$(search) Look for Servers on This Computer');
    host.messages.pick('$(server-process) vLLM');
    host.messages.pick('other');
    host.messages.type('Mine');
    await host.run('devstral.addServer');
    const item = host.messages.taken.at(-2);
    assert.equal(item?.detail, 'devstral and 1 more, 64k context');
    assert.equal(item?.description, `localhost:${found.port}`);
    const settings = vscode.workspace.getConfiguration('devstral');
    const servers = settings.get<{ name: string }[]>('servers', []);
    const added = { name: 'Mine', url: `http://localhost:${found.port}/`, model: 'other' };
    assert.deepEqual(
      servers.find(({ name }) => name === 'Mine'),
      added,
    );
    assert.equal(settings.get('model'), 'Mine');
    assert.ok(
      found.requests.every(({ method }) => method === 'GET'),
      'no completion is sent to look around',
    );
    // It answers without a key: it is not asked for one.
    assert.ok(!host.messages.texts.some((text) => text.endsWith(': key')));
  });
});
