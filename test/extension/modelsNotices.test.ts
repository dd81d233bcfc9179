import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';
import { createModelHost, type ModelHost } from './modelHost.ts';
import { sidecars } from './sidecars.ts';
import { waitFor } from './waitFor.ts';

/** In the person's cache, where the tests have fetched it to; not in the private folder of this window. */
function smolModel(): string {
  const home = process.env.DEVSTRAL_HOME;
  delete process.env.DEVSTRAL_HOME;
  try {
    return join(dataFolders().models, 'SmolLM2-135M-Instruct.Q4_1.gguf');
  } finally {
    process.env.DEVSTRAL_HOME = home;
  }
}

describe('notices of a load', () => {
  let host: ModelHost;
  before(async () => {
    host = await createModelHost('tests/Devstral-Tiny-GGUF', 'tiny-Q4_K_M.gguf');
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const told = (pattern: RegExp) => host.messages.texts.filter((text) => pattern.test(text));
  async function load(label: RegExp): Promise<void> {
    const { list, done } = await host.openList();
    list.accept(label);
    await done;
  }

  it('says once why it runs on the CPU, in the tooltip too; Try GPU Again loads again', async () => {
    host.putTiny('tiny.gguf');
    await host.set({ 'devstral.models.gpu': 'cuda' });
    await load(/tiny\.gguf/);
    const once = /^Running on the CPU\. The CUDA driver failed: .+\.$/;
    await waitFor('the notice', () => told(once).length === 1);
    await waitFor('the tooltip', () => host.statusBar().tooltip.includes('Running on the CPU'));
    await waitFor('the device', () => host.statusBar().tooltip.includes('Device: Processor, 1 thread'));
    await load(/tiny\.gguf/);
    assert.equal(told(once).length, 1);

    host.messages.answer(once, 'Show Hardware');
    await host.run('devstral.retryGpu');
    await waitFor('the second notice', () => told(once).length === 2);
    await waitFor('the hardware', () => vscode.window.activeTextEditor?.document.getText().includes('Processor:'));
    assert.equal(vscode.window.activeTextEditor?.document.isDirty, false, 'to close it asks nothing');
    await host.set({ 'devstral.models.gpu': 'off' });
  });

  it('says once that the context is smaller', async function () {
    this.timeout(150_000);
    const model = smolModel();
    if (process.platform !== 'linux' || spawnSync('prlimit', ['--version']).status !== 0) return this.skip();
    assert.ok(existsSync(model), `${model} is missing: run node scripts/fetchSmolModel.mjs`);
    await host.run('devstral.restartSidecar');
    await host.set({ 'devstral.models.context': 4096, 'devstral.model': model });
    await load(/Smol/);
    const [engine] = engines();
    const taken = Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${engine}/status`, 'utf8'))?.[1]) * 1024;

    // Room for half of what the larger context needs more; the next engine inherits the limit. Not one of addresses: V8
    // reserves them by the gigabyte, and fewer where there are fewer.
    execFileSync('prlimit', ['--pid', String(sidecars()[0]), `--data=${taken + 45e6}`]);
    await host.set({ 'devstral.models.context': 8192 });
    await load(/Smol/);
    await waitFor('the notice', () => told(/^Loaded with a smaller context\./).length === 1);
    assert.deepEqual(told(/^Loaded with a smaller context\./), [
      'Loaded with a smaller context. Memory allowed 4,096 tokens instead of 8,192.',
    ]);
    await waitFor('the tooltip', () => host.statusBar().tooltip.includes('instead of 8,192'));
    await host.run('devstral.restartSidecar');
  });
});

/** Process ids of the engines that the sidecars of this window have started. */
function engines(): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, parent] = row.trim().split(/\s+/);
    return row.includes('engine.mjs') && sidecars().includes(Number(parent)) ? [Number(pid)] : [];
  });
}
