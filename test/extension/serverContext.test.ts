import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { HostMessage } from '../../webview/protocol.ts';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { createSessionHost, type SessionHost, says } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

/** As vLLM refuses a prompt. */
const tooLong = "This model's maximum context length is 8192 tokens. However, your prompt contains 12400 input tokens.";

describe('a server whose context is too small', () => {
  let host: SessionHost;
  let server: ScriptedServer;

  before(async () => {
    host = await createSessionHost();
    server = await startScriptedServer({
      replies: [{ status: 400, body: { error: { message: tooLong, code: 400 } } }, says('It fits.')],
      models: { data: [{ id: 'devstral', object: 'model', owned_by: 'vllm', max_model_len: 8192 }] },
    });
    await host.set({ 'devstral.servers': [{ name: 'scripted', url: server.url, model: 'devstral' }] });
    await host.newSession();
  });
  after(async () => {
    await host.reset();
    await host.stop();
    await server.close();
  });

  const last = <T extends HostMessage['type']>(type: T) =>
    host.page.messages.findLast((message): message is Extract<HostMessage, { type: T }> => message.type === type);
  const chips = () => (last('context')?.context ?? []).map(({ kind, label }) => `${kind} ${label}`);

  it('has a card that copies the option, and gives the message back with its chips', async () => {
    const { page } = host;
    await host.open('b.py', 'b = 1\n');
    await host.open('a.py', 'a = 1\na = 2\n');
    page.send({ type: 'addUris', uris: [vscode.Uri.file(host.path('b.py')).toString()] });
    await waitFor('the first chip', () => chips().includes('file b.py'));
    await host.run('editor.action.selectAll');
    await host.run('devstral.addSelection');
    await waitFor('the chips', () => chips().length === 2);
    page.say('Look at all of it');
    await page.ended();
    const at = page.kept().length - 1;
    const end = page.kept()[at];
    assert.ok(end?.type === 'end' && end.problem?.code === 'serverContextSmall', JSON.stringify(end));
    assert.deepEqual(end.problem.actions, ['Copy Server Option', 'Remove Context...']);

    await vscode.env.clipboard.writeText('');
    page.send({ type: 'runAction', event: at, action: 'Copy Server Option' });
    await waitFor('the option', async () => (await vscode.env.clipboard.readText()) === '--max-model-len 32768');

    const { id } = page.session();
    page.send({ type: 'runAction', event: at, action: 'Remove Context...' });
    await waitFor('the message in the composer', () => last('focusComposer')?.text === 'Look at all of it');
    assert.notEqual(page.session().id, id, 'another version of the conversation');
    assert.deepEqual(page.ends(), 0);
    await waitFor('the chips again', () => chips().length === 2);
    assert.deepEqual(chips(), ['file b.py', 'selection a.py, lines 1-2']);

    page.send({ type: 'removeContext', id: last('context')?.context[0]?.id ?? '' });
    await waitFor('one chip', () => chips().length === 1);
    page.say('Look at all of it');
    await page.ended();
    const user = page.kept().find(({ type }) => type === 'user');
    assert.ok(user?.type === 'user');
    assert.deepEqual(user.attached, ['a.py, lines 1-2']);
    const [first, second] = server.chats().map(({ body }) => JSON.stringify(body));
    assert.ok(first?.includes('b = 1') && second?.includes('a = 2') && !second.includes('b = 1'));
  });
});
