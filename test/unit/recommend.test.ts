import assert from 'node:assert/strict';
import type { Device, Machine } from '../../sidecar/hardware/machine.ts';
import { catalog } from '../../sidecar/models/catalog/catalog.ts';
import { fitOf, recommend } from '../../sidecar/models/catalog/recommend.ts';

const gib = 2 ** 30;
const cpu = { model: 'Test', physicalCores: 8, features: [] };
const device = (kind: Device['kind'], total: number, unified = false): Device => {
  return { kind, name: 'Card', total: total * gib, free: total * gib, unified };
};
const machine = (ram: number, ...devices: Device[]): Machine => {
  return { cpu, ram: { total: ram * gib, free: ram * gib * 0.8 }, devices };
};

describe('which model is recommended', () => {
  const cases: [string, Machine, number | null, string][] = [
    ['a card of 24 GB', machine(32, device('cuda', 24)), null, 'devstral-small-2'],
    ['a Mac with 64 GB', machine(64, device('metal', 48, true)), null, 'devstral-small-2'],
    ['a Mac with 16 GB', machine(16, device('metal', 11, true)), null, 'ministral-3-14b'],
    ['a card of 8 GB', machine(32, device('vulkan', 8)), null, 'ministral-3-8b'],
    ['a laptop without a GPU', machine(16), null, 'ministral-3-14b'],
    ['a slow machine, measured', machine(24), 12e9, 'ministral-3-3b'],
    ['a very slow machine', machine(4), 4e9, 'none'],
  ];
  for (const [name, its, bandwidth, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      assert.equal(recommend(catalog, its, bandwidth)?.id ?? 'none', expected);
    });
  }

  it('never recommends one whose licence limits its use, nor one for completion', () => {
    const best = recommend(catalog, machine(512, device('cuda', 160)), null);
    assert.ok(best && !best.licence.mustAccept && best.use === 'chat');
  });

  it('says where a model would run', () => {
    assert.equal(fitOf(14.3e9, machine(32, device('cuda', 24))), 'gpu');
    assert.equal(fitOf(14.3e9, machine(32, device('cuda', 8))), 'partly');
    assert.equal(fitOf(14.3e9, machine(32)), 'processor');
    assert.equal(fitOf(14.3e9, machine(16)), 'tooLarge');
  });
});
