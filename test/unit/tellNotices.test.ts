import assert from 'node:assert/strict';
import { tellNotices } from '../../sidecar/cli/common.ts';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { problem } from '../../sidecar/protocol/problems.ts';

describe('notices of a load in a terminal', () => {
  const status: ModelStatus = {
    name: 'Small 2',
    kind: 'local',
    state: { state: 'ready' },
    notices: [problem('steppedDown', { ctx: '4,096', asked: '8,192' })],
  };
  const line = 'Loaded with a smaller context: Memory allowed 4,096 tokens instead of 8,192.\n';

  it('prints each once, over a line of progress where there is a terminal', () => {
    for (const [isTTY, expected] of [
      [false, line],
      [true, `\r\u001b[K${line}`],
    ] as const) {
      const printed: string[] = [];
      const tell = tellNotices({ isTTY, write: (text: string | Uint8Array) => printed.push(String(text)) > 0 });
      tell(status);
      tell(status);
      assert.deepEqual(printed, [expected]);
    }
  });
});
