import assert from 'node:assert/strict';
import { createPendingQuestions, type PendingQuestions } from '../../extension/chat/pendingQuestions.ts';
import type { Asked } from '../../sidecar/protocol/sessionEvents.ts';

/** What a request of the sidecar brings along. */
function cancellable() {
  const listeners = new Set<() => void>();
  let cancelled = false;
  const token = {
    get isCancellationRequested() {
      return cancelled;
    },
    onCancellationRequested(listener: () => void) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
  };
  const cancel = () => {
    cancelled = true;
    for (const listener of listeners) listener();
  };
  // Only what is used of VS Code's own.
  return { token: token as never, cancel, listeners };
}

const asked = (callId: string): Asked => ({
  callId,
  title: 'Run npm test',
  risk: 'medium',
  what: 'npm test',
  reasons: [],
  staged: 0,
});

const waits = (pending: PendingQuestions, sessionId: string) => pending.of(sessionId) ?? assert.fail('nothing waits');

describe('what waits for the person', () => {
  function questions() {
    const changes: string[] = [];
    const pending = createPendingQuestions((sessionId, added) => changes.push(`${sessionId} ${added?.kind ?? '-'}`));
    return { changes, pending };
  }

  it('asks one thing of a session at a time, the oldest first', async () => {
    const { changes, pending } = questions();
    const first = pending.permit({ sessionId: 'a', asked: asked('1') }, cancellable().token);
    const second = pending.ask({ sessionId: 'a', question: 'Which?', choices: ['x'] }, cancellable().token);
    const other = pending.permit({ sessionId: 'b', asked: asked('2') }, cancellable().token);
    assert.equal(pending.all().length, 3);
    const shown = pending.of('a');
    assert.ok(shown?.kind === 'permission' && shown.asked.callId === '1');
    assert.equal(pending.answerPermit(shown, { answer: 'allow_always', acceptStaged: true }), true);
    assert.deepEqual(await first, { answer: 'allow_always', acceptStaged: true });
    const next = pending.of('a');
    assert.ok(next?.kind === 'question');
    assert.equal(pending.answerQuestion(next.id, 'x'), true);
    assert.deepEqual(await second, { answer: 'x' });
    pending.answerPermit(waits(pending, 'b'), { answer: 'reject_once', word: 'use pnpm' });
    assert.deepEqual(await other, { answer: 'reject_once', word: 'use pnpm' });
    assert.deepEqual(changes, ['a permission', 'a question', 'b permission', 'a -', 'a -', 'b -']);
  });

  it('ends with the turn that asked: nothing was allowed', async () => {
    const { pending } = questions();
    const permit = cancellable();
    const ask = cancellable();
    const allowed = pending.permit({ sessionId: 'a', asked: asked('1') }, permit.token);
    const answered = pending.ask({ sessionId: 'a', question: 'Which?', choices: [] }, ask.token);
    const shown = waits(pending, 'a');
    permit.cancel();
    ask.cancel();
    assert.deepEqual(await allowed, { answer: 'reject_once' });
    assert.deepEqual(await answered, { answer: null });
    assert.equal(pending.of('a'), null);
    assert.equal(pending.answerPermit(shown, { answer: 'allow_once' }), false);
    assert.deepEqual([permit.listeners.size, ask.listeners.size], [0, 0]);
  });

  it('is not asked at all if the turn has ended already', async () => {
    const { pending } = questions();
    const permit = cancellable();
    permit.cancel();
    assert.deepEqual(await pending.permit({ sessionId: 'a', asked: asked('1') }, permit.token), {
      answer: 'reject_once',
    });
    assert.equal(pending.all().length, 0);
  });

  it('takes the first answer only', async () => {
    const { pending } = questions();
    const allowed = pending.permit({ sessionId: 'a', asked: asked('1') }, cancellable().token);
    const shown = waits(pending, 'a');
    pending.answerPermit(shown, { answer: 'reject_once' });
    assert.equal(pending.answerPermit(shown, { answer: 'allow_once' }), false);
    assert.deepEqual(await allowed, { answer: 'reject_once' });
  });

  it('never lets the answer to one call allow another that has the same id', async () => {
    const { pending } = questions();
    const first = cancellable();
    const one = pending.permit({ sessionId: 'a', asked: asked('1') }, first.token);
    const shown = waits(pending, 'a');
    first.cancel();
    await one;
    const two = pending.permit({ sessionId: 'a', asked: asked('1') }, cancellable().token);
    assert.equal(pending.answerPermit(shown, { answer: 'allow_once' }), false);
    pending.answerPermit(waits(pending, 'a'), { answer: 'reject_once' });
    assert.deepEqual(await two, { answer: 'reject_once' });
  });

  it('is over when the process that asked has ended', async () => {
    const { pending } = questions();
    const all = [
      pending.permit({ sessionId: 'a', asked: asked('1') }, cancellable().token),
      pending.ask({ sessionId: 'b', question: 'Which?', choices: [] }, cancellable().token),
    ];
    pending.endAll();
    assert.deepEqual(await Promise.all(all), [{ answer: 'reject_once' }, { answer: null }]);
    assert.equal(pending.all().length, 0);
  });
});
