import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { createFixHost, type FixHost } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

const command = 'devstral.generateServerCommand';

describe('Generate Server Command', () => {
  let host: FixHost;
  before(async () => {
    host = createFixHost();
    await host.start();
  });
  beforeEach(() => {
    host.messages.texts.length = 0;
  });
  after(async () => {
    // At the end only: the name of an untitled document that was closed is given again at once, with its old text.
    while (untitled().length > 0) await host.run('workbench.action.revertAndCloseActiveEditor');
    await host.stop();
  });

  function answer(...labels: string[]) {
    for (const label of labels) host.messages.pick(label);
  }
  const untitled = () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputText && input.uri.scheme === 'untitled');
  /** The editor in front follows a little later than the command's end. */
  const shown = (text: RegExp) =>
    waitFor(`${text} in front`, () => text.test(vscode.window.activeTextEditor?.document.getText() ?? '')).catch(
      (error) => assert.fail(`${String(error)}; shown: ${host.messages.texts.join(' | ')}`),
    );
  const steps = () => host.messages.texts.filter((text) => text.startsWith('Generate Server Command ('));

  it('opens the command, its plan and the reasons in an untitled document', async () => {
    answer('vLLM', 'Devstral Small 2 (24B)', 'H100', '65,536 tokens', 'Command');
    await host.run(command);
    const document = vscode.window.activeTextEditor?.document ?? assert.fail('no editor');
    assert.equal(document.uri.scheme, 'untitled');
    assert.equal(document.languageId, 'shellscript');
    const [script = '', about = ''] = document.getText().split('\n\n');
    assert.match(script, /^vllm serve mistralai\/Devstral-Small-2-24B-Instruct-2512 /);
    assert.match(script, /--max-model-len 65536/);
    assert.match(about, /^# Devstral Small 2 \(24B\), Apache-2.0, on 1xH100\n# On the GPU: 79.6 GiB, weights 2/);
    assert.match(about, /# --enable-auto-tool-choice: Without it /);
    assert.equal(steps().length, 5);
  });

  it('takes GPUs and models that are typed', async () => {
    answer('SGLang', 'Other Model of the Hub...', 'Other GPUs...', 'As Much As Fits', 'Docker');
    host.messages.type(' mistralai/Devstral-2-123B-Instruct-2512 ');
    host.messages.type('2*8xH100');
    await host.run(command);
    await shown(/^# On node 1\ndocker run [\s\S]*--node-rank 0[\s\S]*# On node 2\n[\s\S]*--node-rank 1/);
  });

  it('says why a model does not fit; what is offered instead is taken', async () => {
    answer('vLLM', 'Devstral Small 2 (24B)', 'Other GPUs...', 'As Much As Fits', 'Command');
    host.messages.type('1xRTX4090');
    host.messages.answer(/does not fit on 1xRTX4090: each GPU has 24.0 GiB/, 'More GPUs: 2xRTX4090');
    await host.run(command);
    await shown(/--tensor-parallel-size 2 /);
  });

  it('says what is wrong with GPUs that are not known', async () => {
    answer('vLLM', 'Devstral 2 (123B)', 'Other GPUs...', 'As Much As Fits', 'Command');
    host.messages.type('4xG999');
    const before = untitled().length;
    await host.run(command);
    assert.ok(host.messages.texts.some((text) => /"G999" is no GPU in our table; give its memory/.test(text)));
    assert.equal(untitled().length, before);
  });

  it('Escape at any question does nothing', async () => {
    const open = untitled().length;
    const answers = ['vLLM', 'Devstral 2 (123B)', 'H100', 'As Much As Fits'];
    for (let given = 0; given <= answers.length; given++) {
      const before = steps().length;
      answer(...answers.slice(0, given));
      await host.run(command);
      assert.equal(steps().length, before + given + 1);
    }
    answer('vLLM', 'Devstral 2 (123B)', 'Other GPUs...');
    await host.run(command);
    assert.equal(untitled().length, open);
  });
});
