import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { call, createSessionHost, type SessionHost, says } from './sessionHost.ts';

describe('a session in a workspace that is not trusted', () => {
  let host: SessionHost;
  before(async () => {
    host = await createSessionHost();
    await host.set({ 'devstral.agent.mode': 'auto' });
  });
  after(() => host.stop());

  it('only reads, whatever the settings say, and says so once', async () => {
    const { page } = host;
    assert.equal(vscode.workspace.isTrusted, false);
    await host.newSession();
    assert.equal(page.mode(), 'plan');
    host.script(call('bash', { command: 'echo one > ran.txt' }), says('I can only read here.'));
    page.say('run it');
    await page.ended();
    page.say('and again');
    await page.ended(2);
    assert.equal(page.pending(), undefined);
    const bodies = host.bodies();
    for (const body of bodies) {
      const { tools = [] } = JSON.parse(body) as { tools?: { function: { name: string } }[] };
      const names = tools.map((tool) => tool.function.name);
      assert.ok(names.includes('read'), names.join(' '));
      for (const name of ['bash', 'edit', 'write_file']) assert.ok(!names.includes(name), name);
    }
    const told = page.messages.flatMap((message) =>
      message.type === 'problem' && message.problem ? [message.problem.code] : [],
    );
    assert.deepEqual(told, ['untrusted']);
  });

  it('offers no other mode', async () => {
    host.messages.pick('Auto');
    await host.run('devstral.switchMode');
    assert.equal(host.page.mode(), 'plan');
    assert.ok(host.messages.texts.some((text) => text.startsWith('Workspace not trusted.')));
  });
});
