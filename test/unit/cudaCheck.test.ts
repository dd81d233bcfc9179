import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type MachineFacts, machineChecks } from '../../sidecar/doctor/machineChecks.ts';
import { cudaEngineFor } from '../../sidecar/hardware/cuda/cudaPackages.ts';
import type { MachineReport } from '../../sidecar/hardware/describeMachine.ts';

const gib = 2 ** 30;
const device = { name: 'NVIDIA GeForce RTX 3090', total: 24 * gib, free: 23 * gib, unified: false };
const vulkan: MachineReport = {
  cpu: { model: 'AMD Ryzen 9 7950X', physicalCores: 16, features: ['avx2'] },
  ram: { total: 64 * gib, free: 50 * gib },
  devices: [{ kind: 'vulkan', ...device }],
  failures: [],
  cards: ['NVIDIA GeForce RTX 3090'],
};
const none: MachineFacts['cuda'] = { download: 320e6, installed: false, outdated: false };

/** What doctor says of CUDA on a pretended machine. */
function saidOf(machine: MachineReport, cuda: MachineFacts['cuda']) {
  const facts = { unsupported: null, diskFree: 100e9, modelsFolder: '/models', versions: process.versions };
  const checks = machineChecks({ ...facts, machine, cuda }, 'en');
  return checks
    .filter(({ id }) => id === 'cuda' || id === 'gpu-cuda')
    .map(({ state, message, fix }) => [state, message, fix]);
}

describe('what doctor says of CUDA', () => {
  const download = 'devstral cuda, or “Devstral: Download CUDA Engine” (320 MB)';

  it('tells how to get it where an NVIDIA card runs through Vulkan', () => {
    const message = 'NVIDIA card: it runs through Vulkan; CUDA is usually quicker and not downloaded';
    assert.deepEqual(saidOf(vulkan, none), [['warn', message, `Install the CUDA Toolkit 13 or 12; then ${download}`]]);
    assert.deepEqual(saidOf({ ...vulkan, couldRunCuda: true }, none), [['warn', message, download]]);
  });

  it('tells it where the card is not used at all, and after an update', () => {
    assert.deepEqual(saidOf({ ...vulkan, devices: [], couldRunCuda: true }, { ...none, outdated: true }), [
      ['warn', 'NVIDIA card: it is not used; CUDA is usually quicker and downloaded for another version', download],
    ]);
  });

  it('is content where CUDA is used', () => {
    const machine: MachineReport = { ...vulkan, devices: [{ kind: 'cuda', ...device }] };
    assert.deepEqual(saidOf(machine, { ...none, installed: true }), [
      ['ok', 'CUDA: the downloaded engine is used', undefined],
    ]);
  });

  it('says why the downloaded one does not run, once', () => {
    const failures = [{ kind: 'cuda' as const, reason: 'libcudart.so.13 and libcudart.so.12 are missing' }];
    assert.deepEqual(saidOf({ ...vulkan, failures }, { ...none, installed: true }), [
      [
        'warn',
        'cuda was found, but does not work: libcudart.so.13 and libcudart.so.12 are missing',
        'Install the NVIDIA driver and the CUDA Toolkit 13 or 12, or devstral cuda --remove; vulkan is used',
      ],
    ]);
    const [found] = saidOf(vulkan, { ...none, installed: true });
    assert.match(found?.[1] ?? '', /finds no device/);
  });

  it('is silent on other machines', () => {
    const radeon = { ...device, name: 'AMD Radeon RX 7900 XTX' };
    const other: MachineReport = { ...vulkan, devices: [{ kind: 'vulkan', ...radeon }], cards: [radeon.name] };
    assert.deepEqual(saidOf(other, none), []);
    assert.deepEqual(saidOf({ ...other, devices: [], cards: [] }, none), []);
    assert.deepEqual(saidOf(vulkan, { ...none, download: null }), []);
  });
});

describe('the list of CUDA packages', () => {
  it('is of the version of node-llama-cpp, with the packages that are left out of the install', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    const engines = [cudaEngineFor('linux', 'x64'), cudaEngineFor('win32', 'x64')];
    const names = engines.flatMap((engine) => engine?.packages ?? []).map(({ name }) => `@node-llama-cpp/${name}`);
    for (const engine of engines) assert.equal(engine?.version, manifest.dependencies['node-llama-cpp']);
    const leftOut = Object.keys(manifest.overrides).filter((name) => name.includes('cuda'));
    assert.deepEqual(names.toSorted(), leftOut.toSorted());
    for (const { integrity } of engines.flatMap((engine) => engine?.packages ?? [])) {
      assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
    }
  });

  it('has nothing for other platforms', () => {
    for (const [platform, arch] of [
      ['darwin', 'arm64'],
      ['linux', 'arm64'],
      ['win32', 'arm64'],
    ] as const)
      assert.equal(cudaEngineFor(platform, arch), null);
  });
});
