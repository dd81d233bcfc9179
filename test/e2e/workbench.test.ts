import assert from 'node:assert/strict';
import { descendants } from '../workbench/processTree.ts';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';
import { privateHome, sampleWorkspace } from './sampleWorkspace.ts';

describe('the extension in the whole workbench, before anything is asked', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await startWorkbench({
      folder: sampleWorkspace(),
      extensionPath: process.cwd(),
      trust: true,
      env: { ...process.env, DEVSTRAL_HOME: privateHome() },
      userSettings: { 'devstral.model': 'starter' },
    });
  });
  after(() => workbench?.close());

  it('shows the model in the status bar', async () => {
    assert.equal(await workbench.statusBarText('devstral.model'), 'Starter (off)');
  });

  // The chat's first-run view asks the sidecar what this computer can run: until it is opened nothing runs.
  it('has not started a sidecar, and shows no message', async () => {
    const running = descendants(workbench.server.process.pid ?? assert.fail('no server'));
    assert.ok(
      running.some(({ commandLine }) => commandLine.includes('extensionHost')),
      'the extension host runs',
    );
    assert.deepEqual(
      running.filter(({ commandLine }) => commandLine.includes('sidecar.mjs')),
      [],
    );
    assert.deepEqual(await workbench.notifications(), []);
  });

  it('opens the chat with its composer focused', async () => {
    await workbench.openFile('cart.ts');
    await workbench.runCommand('Devstral: Open Chat');
    const composer = workbench.chatFrame().getByRole('textbox', { name: 'Message' });
    await workbench.chatFrame().locator('textarea:focus').waitFor();
    await workbench.page.keyboard.type('typed without a click');
    assert.equal(await composer.inputValue(), 'typed without a click');
  });

  for (const theme of ['light', 'dark', 'hcDark', 'hcLight'] as const) {
    it(`is drawn in the theme ${theme}, the chat too`, async () => {
      await workbench.setTheme(theme);
      const composer = workbench.chatFrame().getByRole('textbox', { name: 'Message' });
      const editor = await workbench.page
        .locator('.part.editor')
        .evaluate((element) => getComputedStyle(element).getPropertyValue('--vscode-input-foreground').trim());
      const chat = () =>
        composer.evaluate((element) => getComputedStyle(element).getPropertyValue('--vscode-input-foreground').trim());
      for (const until = Date.now() + 5000; (await chat()) !== editor && Date.now() < until; )
        await workbench.page.waitForTimeout(100);
      assert.match(editor, /^#/);
      assert.equal(await chat(), editor);
      await workbench.screenshot(`workbench-${theme}`);
    });
  }

  it('shows no message', async () => {
    assert.deepEqual(await workbench.notifications(), []);
  });
});
