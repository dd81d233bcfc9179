import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPieceStream } from '../../extension/chat/pieceStream.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';

describe('piece stream', () => {
  it('joins pieces, loses none, and says nothing after its end', async () => {
    const texts: string[] = [];
    const stream = createPieceStream({ text: (text) => texts.push(text), progress() {} });
    for (let index = 0; index < 100; index++) stream.text(`${index} `);
    assert.deepEqual(texts, ['0 '], 'the first goes out at once');
    await sleep(80);
    stream.text('last');
    stream.end();
    const all = texts.join('');
    assert.equal(all, `${Array.from({ length: 100 }, (_, index) => `${index} `).join('')}last`);
    assert.ok(texts.length <= 4, `${texts.length} messages`);
    await sleep(80);
    assert.equal(texts.join(''), all);
  });

  it('keeps the newest progress only', () => {
    const seen: TurnProgress[] = [];
    const stream = createPieceStream({ text() {}, progress: (progress) => seen.push(progress) });
    for (const done of [1, 2, 3]) stream.progress({ phase: 'reading', done, total: 3, reused: 0 });
    stream.end();
    assert.deepEqual(
      seen.map((progress) => progress.phase === 'reading' && progress.done),
      [1, 3],
    );
  });
});
