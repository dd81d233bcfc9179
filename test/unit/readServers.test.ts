import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readServers } from '../../extension/models/readServers.ts';
import { SidecarSettings } from '../../sidecar/protocol/models.ts';

const base = {
  model: 'auto',
  modelsFolder: '',
  contextSize: 0,
  threads: 0,
  kvCache: 'auto',
  gpu: 'off',
  offline: false,
  fixAttempts: 4,
  idleUnloadMinutes: 15,
  proxy: { url: '', noProxy: [], strictTls: true },
};

describe('servers as people write them', () => {
  it('keep what is right and leave out what is not', () => {
    const whole = {
      name: 'a',
      url: 'http://h',
      model: 'm',
      headers: { x: 'y' },
      contextTokens: 8192,
      maxOutputTokens: 9,
    };
    assert.deepEqual(readServers([whole]), [whole]);
    assert.deepEqual(readServers([{ name: 'a' }, { url: 'http://h' }, null, 7, 'a', [whole]]), []);
    const wrong = { name: 'a', url: 'http://h', model: 7, headers: { x: 1 }, contextTokens: -1, maxOutputTokens: 1.5 };
    assert.deepEqual(readServers([wrong]), [{ name: 'a', url: 'http://h' }]);
    for (const value of [undefined, null, {}, 'a', 7]) assert.deepEqual(readServers(value), []);
  });

  it('are always what the sidecar takes', () => {
    const keys = fc.constantFrom('name', 'url', 'model', 'headers', 'contextTokens', 'maxOutputTokens', 'other');
    const entry = fc.dictionary(keys, fc.oneof(fc.string(), fc.anything()));
    fc.assert(
      fc.property(fc.oneof(fc.array(entry), fc.anything()), (value) => {
        SidecarSettings.parse({ ...base, servers: readServers(value) });
      }),
    );
  });
});
