import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine, type MachineReport } from '../../sidecar/hardware/describeMachine.ts';
import { probeGpu } from '../../sidecar/hardware/gpuProbe.ts';
import { hardwareText, shortHardwareText } from '../../sidecar/hardware/hardwareText.ts';

const gib = 2 ** 30;
/** The bundle of `gpuProbeMain.ts`. */
const entry = join('dist', 'gpuProbe.mjs');

describe('GPU probe', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-probe-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function fake(name: string, code: string): string {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, code);
    return path;
  }
  const sends = (name: string, message: unknown) => fake(name, `process.send(${JSON.stringify(message)});`);

  it('says what a backend has', async () => {
    const one = { kind: 'devices', names: ['RTX 4090'], total: 24 * gib, free: 25 * gib, unified: false };
    assert.deepEqual(await probeGpu('cuda', { entry: sends('one', one) }), {
      kind: 'device',
      device: { kind: 'cuda', name: 'RTX 4090', total: 24 * gib, free: 24 * gib, unified: false },
    });
    const two = await probeGpu('cuda', { entry: sends('two', { ...one, names: ['RTX 3090', 'RTX 3090', 'A2'] }) });
    assert.ok(two.kind === 'device' && two.device.name === 'RTX 3090 × 2 + A2');
    assert.deepEqual(await probeGpu('cuda', { entry: sends('none', { ...one, names: [] }) }), { kind: 'none' });
    assert.deepEqual(await probeGpu('cuda', { entry: sends('missing', { kind: 'missing' }) }), { kind: 'none' });
  });

  const failures: [name: string, code: string, reason: RegExp][] = [
    ['crashes', 'process.abort();', /ended by SIG/],
    ['ends', 'console.error("no driver"); process.exit(3);', /ended with code 3 no driver/],
    ['hangs', 'setInterval(() => {}, 1000);', /no answer within 2 s/],
    ['spins', 'for (;;);', /no answer within 2 s/],
    ['talks nonsense', 'process.send({ kind: "devices", names: 7 });', /unknown/],
    ['throws', 'throw new Error("x");', /ended with code 1/],
    ['fails', 'process.send({ kind: "failed", reason: "a\\n\\nb" });', /^a b$/],
  ];
  for (const [name, code, reason] of failures) {
    it(`survives a process that ${name}`, async () => {
      const result = await probeGpu('vulkan', { entry: fake(name.replaceAll(' ', ''), code), limitMs: 1500 });
      assert.ok(result.kind === 'failed', JSON.stringify(result));
      assert.match(result.reason, reason);
    });
  }

  it('finds the software device of Mesa where it is installed', async function () {
    this.timeout(30_000);
    process.env.GGML_VK_VISIBLE_DEVICES ??= '0';
    const result = await probeGpu('vulkan', { entry });
    if (result.kind === 'none') this.skip();
    assert.ok(result.kind === 'device', JSON.stringify(result));
    assert.ok(result.device.total > 0 && result.device.free <= result.device.total && result.device.name !== '');
  });

  it('describes this machine', async function () {
    this.timeout(60_000);
    const machine = await describeMachine({ entry });
    assert.ok(machine.cpu.physicalCores >= 1);
    assert.ok(machine.ram.free > 0 && machine.ram.free <= machine.ram.total);
    assert.ok(process.arch !== 'x64' || machine.cpu.features.includes('avx'), JSON.stringify(machine.cpu));
    assert.deepEqual(machine.failures, []);
    assert.match(hardwareText(machine, 'en'), /^Processor: .*\nMemory: .* GB free\nGPU: /);
  });
});

describe('hardware text', () => {
  const machine: MachineReport = {
    cpu: { model: 'AMD Ryzen 9 7950X', physicalCores: 16, features: ['avx2', 'avx512'] },
    ram: { total: 64 * gib, free: 50.25 * gib },
    devices: [{ kind: 'cuda', name: 'RTX 4090', total: 24 * gib, free: 22.14 * gib, unified: false }],
    failures: [],
    cards: ['RTX 4090'],
  };

  it('is a line for each part', () => {
    assert.equal(
      hardwareText(machine, 'en'),
      'Processor: AMD Ryzen 9 7950X, 16 cores, AVX2, AVX-512\n' +
        'Memory: 50.3 of 64 GB free\n' +
        'GPU: RTX 4090 (CUDA), 22.1 of 24 GB free',
    );
  });

  it('is a few words too', () => {
    assert.equal(shortHardwareText(machine, 'en'), 'RTX 4090 24 GB, 64 GB RAM');
    assert.equal(shortHardwareText({ ...machine, devices: [] }, 'en'), 'AMD Ryzen 9 7950X, 64 GB RAM');
    const mac = { kind: 'metal' as const, name: 'Apple M3', total: 27 * gib, free: 27 * gib, unified: true };
    assert.equal(shortHardwareText({ ...machine, devices: [mac] }, 'en'), 'Apple M3, 64 GB RAM');
  });

  it('says why a GPU is not used', () => {
    const failures = [{ kind: 'vulkan' as const, reason: 'the probe ended by SIGSEGV' }];
    assert.equal(
      hardwareText({ ...machine, devices: [], failures }, 'en')
        .split('\n')
        .slice(2)
        .join('\n'),
      'GPU: none that the engine can use (RTX 4090); models run on the processor\n' +
        'Vulkan was found, but does not work: the probe ended by SIGSEGV',
    );
    assert.match(hardwareText({ ...machine, devices: [], cards: [] }, 'en'), /GPU: none found; models run/);
  });
});
