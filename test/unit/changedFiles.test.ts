import assert from 'node:assert/strict';
import { changedFiles } from '../../webview/chat/changedFiles.ts';
import type { Turn } from '../../webview/chat/view.ts';

describe('a turn that can be undone', () => {
  const turnWith = (name: string, summary: string, state = 'ok') =>
    changedFiles({ steps: [{ kind: 'call', name, summary, state }] } as unknown as Turn);

  it('has a review, an edit or a command that changed files', () => {
    assert.ok(changedFiles({ steps: [{ kind: 'reviewed', files: [] }] } as unknown as Turn));
    assert.ok(turnWith('edit', '+1 -0'));
    assert.ok(turnWith('move_file', 'deleted'));
    assert.ok(turnWith('apply_patch', '3 files'));
    assert.ok(turnWith('bash', 'exit 0, 1 file changed'));
    assert.ok(turnWith('run_tests', '3 passed, 2 failed, 2 files changed'));
    for (const [name, summary, state] of [
      ['bash', 'exit 0'],
      ['glob', '3 files'],
      ['apply_patch', 'does not apply', 'failed'],
      ['grep', '2 hits'],
    ] as const)
      assert.equal(turnWith(name, summary, state), false, summary);
  });
});
