import assert from 'node:assert/strict';
import {
  compact,
  contextSize,
  duration,
  fileSize,
  percent,
  rate,
  usageText,
  wholeDuration,
} from '../../sidecar/protocol/numbers.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import { progressText, waitingText } from '../../sidecar/protocol/progressText.ts';

describe('numbers of the panel', () => {
  it('writes counts in full below 1,000, then in thousands', () => {
    assert.deepEqual(
      [0, 999, 1000, 12_412, 41_200].map((count) => compact(count, 'en')),
      ['0', '999', '1.0k', '12.4k', '41.2k'],
    );
    assert.deepEqual(
      [8192, 32_768, 4096, 900, 10_000].map((size) => contextSize(size, 'en')),
      ['8k', '32k', '4k', '900', '10.0k'],
    );
  });

  it('writes rates, times, sizes and percents', () => {
    assert.deepEqual(
      [43.2, 9.96, 9.94, 0.62].map((r) => rate(r, 'en')),
      ['43 tok/s', '10 tok/s', '9.9 tok/s', '0.6 tok/s'],
    );
    assert.deepEqual(
      [200, 9400, 12_300, 169_000].map((ms) => duration(ms, 'en')),
      ['0.2 s', '9.4 s', '12 s', '2 min 49 s'],
    );
    assert.deepEqual(
      [6000, 59_600].map((ms) => wholeDuration(ms, 'en')),
      ['6 s', '1 min 0 s'],
    );
    assert.deepEqual(
      [1_117_320_768, 340_000_000].map((bytes) => fileSize(bytes, 'en')),
      ['1.1 GB', '340 MB'],
    );
    assert.deepEqual(
      [0, 0.669, 0.999, 1, 1.2].map((share) => percent(share, 'en')),
      ['0%', '66%', '99%', '100%', '100%'],
    );
  });

  it('says each phase with its measured numbers only', () => {
    const said = (progress: TurnProgress) => progressText(progress, 'en').text;
    const reading = { phase: 'reading', done: 12_292, total: 16_500, reused: 4100 } as const;
    assert.equal(said(reading), 'Reading 8,192 of 12,400 tokens (4,100 reused)');
    assert.equal(said({ ...reading, msLeft: 6000 }), 'Reading 8,192 of 12,400 tokens, 6 s left (4,100 reused)');
    assert.equal(said({ phase: 'reading', done: 512, total: 900, reused: 0 }), 'Reading 512 of 900 tokens');
    assert.equal(
      said({ phase: 'reading', done: 512, total: 900, reused: 0, oneTime: true }),
      'One-time preparation, reading 512 of 900 tokens',
    );
    assert.equal(said({ phase: 'queued', waitedMs: 12_000 }), 'Waiting for another answer, 12 s');
    assert.equal(
      said({ phase: 'stalled', name: 'vLLM', silentMs: 31_000 }),
      'Nothing from vLLM for 31 s: wait or stop',
    );
    assert.equal(said({ phase: 'notice', text: 'vLLM is down; Spare answers' }), 'vLLM is down; Spare answers');
    assert.equal(said({ phase: 'readingShare', fraction: 0.42 }).replace(/\s/, ' '), 'Reading the prompt, 42%');
    assert.equal(said({ phase: 'loading', name: 'Starter', fraction: 0.43 }), 'Loading Starter, 43%');
    assert.equal(
      said({
        phase: 'downloading',
        name: 'Starter',
        received: 340_000_000,
        total: 1_117_320_768,
        bytesPerSecond: 48e6,
        msLeft: 16_000,
      }),
      'Downloading Starter, 340 MB of 1.1 GB, 48 MB/s, 16 s left',
    );
    assert.equal(waitingText('Starter', 1200, 'en'), 'Waiting for Starter, 1 s');
  });

  it('measures reading without what was reused', () => {
    const fraction = (done: number, total: number, reused: number) =>
      progressText({ phase: 'reading', done, total, reused }, 'en').fraction;
    assert.equal(fraction(4100, 12_300, 4100), 0);
    assert.equal(fraction(8200, 12_300, 4100), 0.5);
    assert.equal(fraction(4100, 4100, 4100), 1, 'all of it was reused');
  });

  it('says what a turn cost', () => {
    const usage = { promptTokens: 12_412, reusedTokens: 11_900, outputTokens: 318, tokensPerSecond: 43.2, ms: 9400 };
    assert.equal(usageText(usage, 'en'), '512 read, 11.9k reused, 318 written, 43 tok/s, 9.4 s');
    assert.equal(usageText({ ...usage, reusedTokens: 0 }, 'en'), '12.4k read, 318 written, 43 tok/s, 9.4 s');
    assert.equal(usageText(usage, 'de'), '512 read, 11,9k reused, 318 written, 43 tok/s, 9,4 s');
  });
});
