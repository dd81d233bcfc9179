import assert from 'node:assert/strict';
import { statusText } from '../../extension/models/statusText.ts';
import { tooltipCommands, tooltipText } from '../../extension/models/statusTooltip.ts';
import { uncheckedText } from '../../sidecar/models/plan/choiceText.ts';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { problem } from '../../sidecar/protocol/problems.ts';

const none = { toAllow: 0, toReview: 0 };
const of = (state: ModelStatus['state'], kind: ModelStatus['kind'] = 'local', name = 'Small 2') =>
  statusText({ name, kind, state }, none, 'en');

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
      statusText({ name: 'x', kind: 'local', state: { state: 'ready' } }, { toAllow: 0, toReview: 3 }, 'en').text,
      '$(bell-dot) Devstral: 3 to review',
    );
    assert.equal(
      statusText({ name: 'x', kind: 'local', state: { state: 'ready' } }, { toAllow: 1, toReview: 3 }, 'en').text,
      '$(bell-dot) Devstral: 1 to allow',
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

describe('downloads and the queue in the status bar', () => {
  const download = {
    id: 'devstral-small-2',
    name: 'Devstral S 2',
    path: '/m/x.gguf',
    received: 6_200_000_000,
    total: 14_300_000_000,
    bytesPerSecond: 48_000_000,
  };
  const status = (runs: 'here' | 'elsewhere' | 'no', state: ModelStatus['state']): ModelStatus => ({
    name: 'Starter',
    kind: 'local',
    state,
    downloads: [{ ...download, runs }],
  });

  it('shows what comes while the model in use does nothing, and what is left while nothing is loaded', () => {
    const text = (runs: 'here' | 'elsewhere' | 'no', state: ModelStatus['state']) =>
      statusText(status(runs, state), none, 'en').text;
    assert.equal(text('here', { state: 'ready' }), '$(cloud-download) Devstral S 2 43%');
    assert.equal(text('elsewhere', { state: 'off' }), '$(cloud-download) Devstral S 2 43%');
    assert.equal(text('no', { state: 'off' }), '$(debug-pause) Devstral S 2 43%');
    assert.equal(text('no', { state: 'ready' }), '$(chip) Starter');
    assert.equal(text('here', { state: 'writing', tokensPerSecond: 43 }), '$(loading~spin) Starter 43 tok/s');
  });

  it('says how many answers come first', () => {
    const queued = of({ state: 'queued', ahead: 2 });
    assert.equal(queued.text, '$(loading~spin) Small 2, 2 first');
    assert.equal(queued.label, 'Devstral, Small 2, waiting, 2 answers come first');
    assert.match(of({ state: 'queued' }).label, /1 answer comes first$/);
  });

  it('says in the tooltip what the network is used for', () => {
    const network = (of: ModelStatus) => /^Network: (.+?) *$/m.exec(tooltipText(of, 'en'))?.[1];
    assert.equal(network(status('no', { state: 'ready' })), 'off');
    assert.equal(network(status('elsewhere', { state: 'ready' })), 'only for the download');
    const server: ModelStatus = { name: 'lab', kind: 'server', state: { state: 'ready' } };
    assert.equal(network(server), 'not connected');
    const detail = { title: 'lab', network: 'connected to localhost:8000' };
    assert.equal(network({ ...server, detail }), 'connected to localhost:8000');
    assert.equal(network({ ...server, detail, state: { state: 'lost' } }), 'not connected');
  });

  it('offers in the tooltip what can be done with them, by our own commands only', () => {
    const running = tooltipText(status('here', { state: 'ready' }), 'en');
    assert.match(running, /downloading, 6\.2 GB of 14\.3 GB, 48 MB\/s \[Pause\]\(command:devstral\.pauseDownload\?/);
    const left = tooltipText(status('no', { state: 'off' }), 'en');
    assert.match(
      left,
      /6\.2 GB of 14\.3 GB are here \[Resume\]\(command:devstral\.resumeDownload\?%5B%22devstral-small-2/,
    );
    for (const [, command] of `${running}${left}`.matchAll(/\(command:([\w.]+)/g)) {
      assert.ok(tooltipCommands.includes(command ?? ''), command);
    }
  });

  it('says in the tooltip that another than the chosen server answers', () => {
    const status = { name: 'Spare', kind: 'server', state: { state: 'ready' } } as const;
    const detail = { title: 'Spare', network: 'connected to b:1', notice: 'vLLM is down; [Spare](x) answers' };
    const text = tooltipText({ ...status, detail }, 'en');
    assert.ok(text.includes('$(info) vLLM is down; \\[Spare\\]\\(x\\) answers'), text);
  });

  it('has device, memory, context, speed and tokens in the tooltip, and nothing in it is Markdown', () => {
    const unchecked = uncheckedText({ kind: 'cuda' });
    const text = tooltipText(
      {
        name: 'Small 2',
        kind: 'local',
        state: { state: 'ready' },
        notices: [problem('gpuFailed', { backend: 'CUDA', reason: '[x](command:evil) failed' })],
        detail: {
          title: 'Devstral *Small* 2',
          quantisation: 'Q4_K_M',
          device: 'RTX 4090 (CUDA)',
          memory: { gpu: 21.3 * 2 ** 30, gpuTotal: 24 * 2 ** 30, ram: 1.2 * 2 ** 30, unchecked },
          contextUsed: 12_742,
          contextSize: 32_768,
          decodeRate: 43,
          prefillRate: 1150,
          session: { read: 512, reused: 11_900, written: 318 },
          network: 'off',
        },
      },
      'en',
    );
    const plain = text.replaceAll('\\', '');
    assert.ok(plain.startsWith('**Devstral *Small* 2** Q4_K_M, ready'), plain);
    for (const row of [
      '\n\nDevice: RTX 4090 (CUDA)  \n',
      '  \nMemory: GPU 21.3 of 24 GB, RAM 1.2 GB, estimate, never measured on CUDA  \n',
      '  \nContext: 12,742 of 32,768 tokens',
      '  \nSpeed: writes 43 tok/s, reads 1,150 tok/s',
      '  \nTokens: 512 read, 11.9k reused, 318 written in this window',
    ])
      assert.ok(plain.includes(row), plain);
    assert.ok(!text.includes('(command:evil)'));
    assert.match(text, /\[Try GPU Again\]\(command:devstral\.retryGpu\)/);
  });
});
