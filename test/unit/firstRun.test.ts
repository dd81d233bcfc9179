import assert from 'node:assert/strict';
import { firstRunOf, panelDownloads } from '../../extension/chat/firstRunData.ts';
import type { ModelEntry } from '../../sidecar/protocol/models.ts';

const entry = (id: string, more: Partial<ModelEntry> = {}): ModelEntry => ({
  id,
  label: id,
  description: 'Q4_K_M, 5.2 GB',
  detail: 'Fits on the GPU',
  fit: 'gpu',
  runs: 'fits on the GPU',
  group: 'canBeDownloaded',
  bytes: 5.2e9,
  recommended: false,
  ...more,
});
const starter = entry('starter', { group: 'inUse', bytes: 1.1e9, fit: 'processor', runs: 'on the processor' });
const recommended = entry('devstral-small-2', {
  recommended: true,
  bytes: 14.3e9,
  description: 'Q4_K_M, 14.3 GB',
  detail: 'Recommended for this computer, fits on the GPU',
});
const machine = 'RTX 4090 24 GB, 64 GB RAM';

describe('the first run', () => {
  it('offers three models at most: the recommended one, the next, the starter', () => {
    const models = [
      entry('too-large', { group: 'doesNotFit' }),
      entry('limited', { licence: { name: 'MRL', url: 'https://a.example' } }),
      recommended,
      entry('slow', { fit: 'partly' }),
      entry('codestral', { completesOnly: true }),
      entry('ministral-3-8b'),
      entry('ministral-3-3b'),
      starter,
      entry('vllm', { group: 'servers', server: 'http://localhost:8000', bytes: 0 }),
    ];
    const first = firstRunOf(models, machine, 'starter');
    assert.equal(first?.machine, 'RTX 4090 24 GB, 64 GB RAM');
    assert.deepEqual(
      first?.choices.map(({ id, detail, recommended: isFirst }) => [id, detail, isFirst]),
      [
        ['devstral-small-2', 'Q4_K_M, 14.3 GB, fits on the GPU', true],
        ['ministral-3-8b', 'Q4_K_M, 5.2 GB, fits on the GPU', false],
        ['starter', 'Q4_K_M, 5.2 GB, on the processor', false],
      ],
    );
  });

  it('recommends the starter where nothing larger is', () => {
    assert.deepEqual(
      firstRunOf([starter, entry('slow', { fit: 'partly' })], machine, 'starter')?.choices.map(
        (one) => [one.id, one.recommended],
      ),
      [['starter', true]],
    );
  });

  it('is over once a model or a server is there to answer', () => {
    const download = {
      id: 'starter',
      name: 'Starter',
      path: '/s',
      received: 1,
      total: 2,
      bytesPerSecond: 0,
      runs: 'no' as const,
    };
    assert.equal(firstRunOf([{ ...starter, path: '/models/s.gguf' }], machine, 'starter'), null);
    assert.equal(firstRunOf([{ ...starter, server: 'http://localhost:1' }], machine, 'starter'), null);
    assert.notEqual(firstRunOf([{ ...starter, path: '/models/s.gguf', download }], machine, 'starter'), null);
  });

  it('shows a download that another window runs as one that runs', () => {
    const one = { id: 'm', name: 'M', path: '/m', received: 1, total: 2, bytesPerSecond: 3 };
    assert.deepEqual(
      panelDownloads([
        { ...one, runs: 'elsewhere' },
        { ...one, runs: 'no' },
      ]).map(({ runs }) => runs),
      [true, false],
    );
    assert.deepEqual(panelDownloads(), []);
  });
});
