import assert from 'node:assert/strict';
import { createProgressLine } from '../../sidecar/cli/progressLine.ts';

function lineOn(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  const line = createProgressLine(stream as unknown as NodeJS.WriteStream);
  return { line, written: () => written.join('') };
}

describe('progress of the command line', () => {
  it('says silence and notices as lines where there is no terminal', () => {
    const { line, written } = lineOn(false);
    line.report({ phase: 'notice', text: 'vLLM is down; Spare answers' });
    line.report({ phase: 'stalled', name: 'Spare', silentMs: 30_000 });
    line.report({ phase: 'notice', text: 'vLLM answers again' });
    assert.equal(
      written(),
      'vLLM is down; Spare answers\nNothing from Spare for 30 s: wait or stop\nvLLM answers again\n',
    );
  });

  it('keeps a notice in a terminal, where the other lines are drawn over', () => {
    const { line, written } = lineOn(true);
    line.report({ phase: 'loading', name: 'Spare', fraction: 0.5 });
    line.report({ phase: 'notice', text: 'vLLM is down; Spare answers' });
    line.clear();
    const parts = written().split('\r\u001b[K');
    assert.match(parts.at(-2) ?? '', /^Loading Spare/);
    assert.equal(parts.at(-1), 'vLLM is down; Spare answers\n');
  });
});
