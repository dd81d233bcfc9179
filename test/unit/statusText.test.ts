import assert from 'node:assert/strict';
import { statusText } from '../../extension/models/statusText.ts';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { problem } from '../../sidecar/protocol/problems.ts';

const of = (state: ModelStatus['state'], kind: ModelStatus['kind'] = 'local', name = 'Small 2') =>
  statusText({ name, kind, state }, 0, 'en');

describe('status bar texts (ui.md 5)', () => {
  it('has the text of each state', () => {
    assert.equal(of({ state: 'none' }).text, '$(chip) Devstral: set up');
    assert.equal(of({ state: 'off' }).text, '$(chip) Small 2 (off)');
    assert.equal(of({ state: 'downloading', fraction: 0.439 }).text, '$(cloud-download) Small 2 43%');
    assert.equal(of({ state: 'loading', fraction: 0.43 }).text, '$(loading~spin) Small 2 43%');
    assert.equal(of({ state: 'ready' }).text, '$(chip) Small 2');
    assert.equal(of({ state: 'ready' }, 'server', 'vLLM').text, '$(server-process) vLLM');
    assert.equal(of({ state: 'reading', fraction: 0.66 }).text, '$(loading~spin) Small 2 66%');
    assert.equal(of({ state: 'writing', tokensPerSecond: 43.2 }).text, '$(loading~spin) Small 2 43 tok/s');
    assert.equal(of({ state: 'lost' }, 'server', 'vLLM').colour, 'statusBarItem.warningBackground');
    assert.equal(of({ state: 'failed', problem: problem('noModel', {}) }).colour, 'statusBarItem.errorBackground');
    assert.equal(
      statusText({ name: 'x', kind: 'local', state: { state: 'ready' } }, 3, 'en').text,
      '$(bell-dot) Devstral: 3 to review',
    );
  });

  it('stays within 24 characters beside the icon', () => {
    const texts = [
      of({ state: 'writing', tokensPerSecond: 1234 }, 'local', 'ABCDEFGHIJKLMN'),
      of({ state: 'off' }, 'local', 'ABCDEFGHIJKLMN'),
    ];
    for (const { text } of texts) assert.ok(text.replace(/^\$\([^)]+\) /, '').length <= 24, text);
  });
});
