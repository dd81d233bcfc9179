import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineBackend } from '../../sidecar/engine/engineBackend.ts';
import { createEngineClient } from '../../sidecar/engine/engineClient.ts';
import { engineState } from '../../sidecar/engine/engineMessages.ts';
import { cudaRoot, installedCuda } from '../../sidecar/hardware/cuda/cudaFolder.ts';
import { cudaEngineFor } from '../../sidecar/hardware/cuda/cudaPackages.ts';
import { probeGpu } from '../../sidecar/hardware/gpuProbe.ts';
import { cudaDownload, cudaRemove } from '../../sidecar/protocol/cuda.ts';
import { type RegistryServer, startRegistry } from '../servers/registryServer.ts';
import { startSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';
import { tinyModel } from './modelFiles.ts';

const entry = resolve('dist/gpuProbe.mjs');
const engine = cudaEngineFor();

/** As the real package, but its addon is no library; `imported` appears when node-llama-cpp has imported it. */
function writeFakePackages(dataFolder: string, version: string): void {
  for (const { name } of engine?.packages ?? []) {
    const folder = join(cudaRoot(dataFolder), version, name);
    const bins = join(folder, 'bins', name);
    mkdirSync(bins, { recursive: true });
    mkdirSync(join(folder, 'dist'), { recursive: true });
    for (const file of ['llama-addon.node', 'libggml-cuda.so', 'ggml-cuda.dll'])
      writeFileSync(join(bins, file), 'nothing');
    writeFileSync(join(bins, '_nlcBuildMetadata.json'), '{"buildOptions":{"gpu":"cuda"}}');
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, type: 'module' }));
    const code = `import { writeFileSync } from 'node:fs';
      writeFileSync(new URL('../imported', import.meta.url), '');
      export const getBinsDir = () => ({ binsDir: ${JSON.stringify(join(folder, 'bins'))}, packageVersion: '${version}' });`;
    writeFileSync(join(folder, 'dist', 'index.js'), code);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the CUDA engine in the data folder', function () {
  this.timeout(60_000);
  const before_ = process.env.DEVSTRAL_HOME;
  let home: string;
  const data = () => join(home, 'data');
  const isImported = (version: string) =>
    engine?.packages.map(({ name }) => existsSync(join(cudaRoot(data()), version, name, 'imported')));

  before(function () {
    if (!engine) this.skip();
  });
  beforeEach(() => {
    home = temporaryFolder('home');
    process.env.DEVSTRAL_HOME = home;
  });
  afterEach(() => rmSync(home, { recursive: true }));
  after(() => {
    if (before_ === undefined) delete process.env.DEVSTRAL_HOME;
    else process.env.DEVSTRAL_HOME = before_;
  });

  it('is found by node-llama-cpp, and the linker says why it does not run', async () => {
    const version = engine?.version ?? '';
    writeFakePackages(data(), version);
    const result = await probeGpu('cuda', { entry });
    assert.deepEqual(isImported(version), [true, true]);
    assert.ok(result.kind === 'failed', JSON.stringify(result));
    assert.match(result.reason, /ggml-cuda/);
  });

  it('names the library that is missing, and knows when none is', async function () {
    if (process.platform !== 'linux') this.skip();
    const real = join('node_modules', '@node-llama-cpp', 'linux-x64', 'bins', 'linux-x64');
    const [first = '', second = ''] = engine?.packages.map(({ name }) => name) ?? [];
    writeFakePackages(data(), engine?.version ?? '');
    const bins = join(cudaRoot(data()), engine?.version ?? '', first, 'bins', first);
    const fallback = join(cudaRoot(data()), engine?.version ?? '', second, 'bins', first, 'fallback');
    mkdirSync(fallback, { recursive: true });
    // It needs libggml-base.so, which is not there at first.
    copyFileSync(join(real, 'libggml-cpu-x64.so'), join(bins, 'libggml-cuda.so'));
    copyFileSync(join(real, 'libggml-cpu-x64.so'), join(fallback, 'libggml-cuda.so'));
    assert.deepEqual(await probeGpu('cuda', { entry }), { kind: 'failed', reason: 'libggml-base.so is missing' });
    copyFileSync(join(real, 'libggml-base.so'), join(bins, 'libggml-base.so'));
    const reason = 'no card that it can use, or the NVIDIA driver is too old';
    assert.deepEqual(await probeGpu('cuda', { entry }), { kind: 'failed', reason });
  });

  it('is left alone if it is of another version', async () => {
    writeFakePackages(data(), '1.2.3');
    const { kind } = await probeGpu('cuda', { entry });
    assert.equal(kind, 'none');
    assert.deepEqual(isImported('1.2.3'), [false, false]);
  });

  /** What the engine process writes with the tiny model, and the problem if it cannot. */
  async function answer(gpu: 'auto' | 'cuda', until: () => boolean, log: { info(): void; warn(text: string): void }) {
    const client = createEngineClient({
      address: engineAddress(home, 'test'),
      program: resolve('dist/engine.mjs'),
      endAfterMs: 400,
      idleMs: () => 600_000,
      onUnloaded: () => {},
      log,
    });
    const model = { modelPath: tinyModel(home), name: 'Tiny', contextSize: 1024, threads: 0, dataFolder: data() };
    const backend = createEngineBackend({ client, spec: { ...model, gpu }, log });
    let text = '';
    const notices: string[] = [];
    const messages = [{ role: 'user' as const, content: 'Say hello in five words.' }];
    const request = { messages, tools: [], sampling: { temperature: 0, maxTokens: 30 } };
    for await (const event of backend.stream(request, new AbortController().signal)) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'loadNotice') notices.push(event.notice.sentence);
      if (event.type === 'error') assert.fail(event.problem.sentence);
    }
    for (let i = 0; i < 1000 && !until(); i++) await new Promise((done) => setTimeout(done, 20));
    const { pid } = await (await client.connection()).rpc.sendRequest(engineState);
    client.dispose();
    while (isAlive(pid)) await new Promise((done) => setTimeout(done, 20));
    return { text, notices };
  }

  it('that does not run is told, and the model runs without it', async () => {
    writeFakePackages(data(), engine?.version ?? '');
    const warned: string[] = [];
    const isSaid = () => warned.some((line) => /CUDA was downloaded, but does not work here: .+ is used$/.test(line));
    const { text } = await answer('auto', isSaid, { info: () => {}, warn: (line) => void warned.push(line) });
    assert.equal(text, 'Hello there, my good friend!');
    assert.ok(isSaid(), warned.join('\n'));
  });

  it('that was set but not downloaded is asked for by name', async () => {
    const silent = { info: () => {}, warn: () => {} };
    const { text, notices } = await answer('cuda', () => true, silent);
    assert.equal(text, 'Hello there, my good friend!');
    const wanted = 'The CUDA driver failed: its engine is not downloaded yet (Devstral: Download CUDA Engine).';
    assert.deepEqual(notices, [wanted]);
  });

  describe('over the protocol and from a terminal', () => {
    let registry: RegistryServer;
    beforeEach(async () => {
      registry = await startRegistry();
    });
    afterEach(() => registry.close());
    const environment = () => ({ npm_config_registry: registry.url });

    it('is refused, downloaded with progress, cancelled and removed as the editor asks', async () => {
      const sidecar = await startSidecar({ folder: home, home, env: environment() });
      const missing = await sidecar.request(cudaDownload, {});
      assert.deepEqual([missing.outcome, missing.problem?.code], ['failed', 'serverRefused']);

      const [first] = engine?.packages ?? [];
      registry.archives.set(`/@node-llama-cpp/${first?.name}/-/${first?.name}-${engine?.version}.tgz`, Buffer.alloc(0));
      const abort = new AbortController();
      registry.handler = (_request, response) => {
        response.writeHead(200, { 'content-length': first?.size });
        response.write(Buffer.alloc(5000));
        setTimeout(() => abort.abort(), 300);
      };
      assert.equal((await sidecar.request(cudaDownload, {}, abort.signal)).outcome, 'cancelled');
      const [seen] = sidecar.progress.map(({ progress }) => progress);
      assert.ok(seen?.phase === 'downloading' && seen.total > 300e6, JSON.stringify(seen));

      assert.equal(installedCuda(data()), null);
      assert.deepEqual(await sidecar.request(cudaRemove, {}), { freed: 5000 });
      assert.equal(existsSync(cudaRoot(data())), false);
      writeFakePackages(data(), engine?.version ?? '');
      assert.equal((await sidecar.request(cudaDownload, {})).outcome, 'there');
      await sidecar.stop();
    });

    it('answers a terminal in one line', async () => {
      const missing = await command(['cuda'], environment());
      assert.equal(missing.code, 2);
      assert.match(missing.stderr, /^devstral: The server refused the request: .* answered 404: .* was not sent\.\n$/);
      const offline = await command(['cuda', '--offline'], environment());
      assert.deepEqual([offline.code, offline.stderr.split('\n').length], [2, 2]);
      writeFakePackages(data(), engine?.version ?? '');
      const there = await command(['cuda', '--json'], environment());
      assert.deepEqual(JSON.parse(there.stdout), { status: 'unchanged', folder: installedCuda(data()) });
      const removed = await command(['cuda', '--remove'], environment());
      assert.match(removed.stdout, / freed\n$/);
      assert.equal((await command(['cuda', '--remove'], environment())).code, 1);
    });

    it('says so on a platform without it', async () => {
      const preload = join(home, 'mac.mjs');
      writeFileSync(preload, "Object.defineProperty(process, 'platform', { value: 'darwin' });");
      const { code, stderr } = await command(['cuda'], { NODE_OPTIONS: `--import ${new URL(`file://${preload}`)}` });
      assert.deepEqual([code, stderr.split('\n').length], [2, 2]);
      assert.match(stderr, /^devstral: No CUDA engine for this computer: /);
    });
  });

  function command(args: string[], env: Record<string, string>) {
    const run = { code: null as number | null, stdout: '', stderr: '' };
    const child: ChildProcess = spawn(process.execPath, [resolve('dist/cli.mjs'), ...args], {
      env: { ...process.env, DEVSTRAL_HOME: home, ...env },
    });
    child.stdin?.end();
    child.stdout?.on('data', (data: Buffer) => (run.stdout += data));
    child.stderr?.on('data', (data: Buffer) => (run.stderr += data));
    return new Promise<typeof run>((done) => child.once('close', (code) => done({ ...run, code })));
  }
});
