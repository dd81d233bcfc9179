import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launchChoices, launchCommand } from '../../sidecar/protocol/launch.ts';
import { type HubServer, startHubServer } from '../servers/hubServer.ts';
import { startSidecar, temporaryFolder } from './startSidecar.ts';

const repo = 'someone/Devstral-tuned-24B';
const config = {
  model_type: 'mistral',
  num_hidden_layers: 40,
  hidden_size: 5120,
  intermediate_size: 32_768,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 131_072,
  max_position_embeddings: 131_072,
};

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('devstral launch', function () {
  this.timeout(30_000);
  let hub: HubServer;
  let home: string;
  before(async () => {
    hub = await startHubServer(repo, { 'config.json': Buffer.from(JSON.stringify(config)) });
    home = temporaryFolder('launch');
  });
  after(() => hub.close());

  function launch(...args: string[]): Promise<Run> {
    const env = { ...process.env, HOME: home, DEVSTRAL_HOME: home, HF_ENDPOINT: hub.url, INIT_CWD: home };
    const child = spawn(process.execPath, [resolve('dist/cli.mjs'), 'launch', ...args], { env });
    child.stdin.end();
    const run: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (run.stdout += data));
    child.stderr.on('data', (data: Buffer) => (run.stderr += data));
    return new Promise((done) => child.once('close', (code) => done({ ...run, code })));
  }
  const result = ({ stdout }: Run) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  async function fails(args: string[], line: RegExp) {
    const { code, stdout, stderr } = await launch(...args);
    assert.equal(code, 2, stdout);
    assert.match(stderr.trimEnd(), line);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }

  it('prints the command first, then plan and reasons', async () => {
    const { code, stdout, stderr } = await launch('vllm', '--model', 'devstral-small-2', '--gpus', '2xH100');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^vllm serve mistralai\/Devstral-Small-2-24B-Instruct-2512 /);
    assert.match(stdout, /\n\n# Devstral Small 2 \(24B\), Apache-2.0, on 2xH100\n/);
    assert.match(stdout, /\n# --tool-call-parser mistral: /);
  });

  it('--json is one object with command, words, reasons and plan', async () => {
    const options = ['--context', '64k', '--kv', 'fp8', '--ngram', '--docker', '--port', '9000', '--json'];
    const run = await launch('vllm', '--model', 'devstral-2', '--gpus', '8xMI300X', ...options);
    assert.equal(run.code, 0, run.stderr);
    const { command, argv, flags, plan } = result(run);
    assert.match(
      command,
      /^docker run .*vllm\/vllm-openai-rocm:latest --model mistralai\/Devstral-2-123B-Instruct-2512 /,
    );
    assert.ok(argv.includes('127.0.0.1:9000:9000'));
    assert.ok(flags.every((flag: { reason: string }) => flag.reason.length > 10));
    assert.deepEqual([plan.tensorParallel, plan.context], [8, 65_536]);
  });

  it('exit 1 with reason and suggestions when it does not fit', async () => {
    const run = await launch('vllm', '--model', 'devstral-small-2', '--gpus', '1xRTX4090', '--json');
    assert.equal(run.code, 1);
    const { status, reason, suggestions } = result(run);
    assert.equal(status, 'doesNotFit');
    assert.match(reason, /does not fit on 1xRTX4090/);
    assert.ok(suggestions.includes('More GPUs: --gpus 2xRTX4090'));
    const said = await launch('vllm', '--model', 'devstral-small-2', '--gpus', '1xRTX4090');
    assert.deepEqual([said.code, said.stdout], [1, '']);
    assert.match(said.stderr, /- More GPUs: --gpus 2xRTX4090/);
  });

  it('exit 2 with one line for bad usage', async () => {
    const small = ['--model', 'devstral-small-2', '--gpus'];
    await fails(['ollama', ...small, 'H100'], /launch knows vllm and sglang, not "ollama"$/);
    await fails(['vllm', '--model', 'devstral-small-2'], /Which GPUs\? Write --gpus 4xH100/);
    await fails(['vllm', '--gpus', 'H100'], /which model\? --model with devstral-small-2, /);
    await fails(['vllm', ...small, '4xG999'], /"G999" is no GPU in our table; give its memory instead, as in 4x24GB/);
    await fails(
      ['vllm', ...small, 'H100', '--context', 'much'],
      /--context is a number from 1 to 100000000, not "much"/,
    );
    await fails(['vllm', ...small, 'H100', '--context', '300000'], /was trained for 262,144 tokens/);
    await fails(['vllm', ...small, '2*8xH100', '--nodes', '3'], /names 2 nodes, --nodes 3/);
    await fails(['vllm', ...small, 'H100', '--kv', 'q4'], /--kv is auto or fp8/);
    await fails(['vllm', '--model', 'nothing', '--gpus', 'H100'], /no server model is named so/);
  });

  it('reads what it needs of another model from the hub, from a folder, or takes its numbers', async () => {
    const read = await launch('vllm', '--model', repo, '--gpus', '1xH100', '--json');
    assert.equal(read.code, 0, read.stderr);
    assert.equal(result(read).plan.kvBytesPerToken, 163_840);
    assert.ok(result(read).argv.includes('mistral'));
    assert.ok(!result(read).argv.includes('--tokenizer-mode'));

    mkdirSync(join(home, 'tuned'));
    writeFileSync(join(home, 'tuned', 'config.json'), JSON.stringify(config));
    const folder = await launch('sglang', '--model', './tuned', '--gpus', '1xH100', '--json', '--offline');
    assert.equal(result(folder).model, join(home, 'tuned'));

    await fails(
      ['vllm', '--model', 'x/y', '--gpus', 'H100', '--offline'],
      /--offline opens no connection\. Its numbers can be given instead: --params 24B --layers 40 /,
    );
    const numbers = ['--params', '24B', '--layers', '40', '--heads', '32', '--kv-heads', '8', '--bits', '8'];
    const given = await launch('vllm', '--model', 'x/y', '--gpus', '1xH100', ...numbers, '--json', '--offline');
    assert.equal(given.code, 0, given.stderr);
    assert.ok(Math.abs(result(given).plan.weights - 25.3e9) < 0.5e9, given.stdout);
    await fails(['vllm', '--model', 'x/y', '--gpus', 'H100', '--params', '24B'], /--layers is needed too/);
  });

  it('answers the editor: what can be chosen, the text, what would fit', async () => {
    const sidecar = await startSidecar({ folder: home, home, settings: { offline: true } });
    try {
      const { models, gpus } = await sidecar.request(launchChoices, {});
      assert.ok(models.some(({ id, context }) => id === 'devstral-small-2' && context === 262_144));
      assert.ok(gpus.some(({ text }) => text === 'H100'));
      const wanted = { server: 'vllm', model: 'devstral-small-2', gpus: 'H100', kv: 'auto', docker: false } as const;
      const served = await sidecar.request(launchCommand, wanted);
      assert.ok(served.kind === 'command' && served.text.startsWith('vllm serve mistralai/'));
      const small = await sidecar.request(launchCommand, { ...wanted, gpus: '1x24GB' });
      assert.ok(small.kind === 'doesNotFit' && small.suggestions.some(({ option }) => option === 'gpus'));
      const unknown = await sidecar.request(launchCommand, { ...wanted, model: 'some/one' });
      assert.ok(unknown.kind === 'refused' && /^some\/one: its config.json is on the hub/.test(unknown.reason));
    } finally {
      await sidecar.stop();
    }
  });
});
