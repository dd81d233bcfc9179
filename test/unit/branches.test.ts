import assert from 'node:assert/strict';
import { type Branch, branchPoints, familiesOf, placeOf } from '../../sidecar/sessions/branches.ts';

/** A session, or one that was made by editing the message at `events` of another. */
const session = (id: string, startedAt: number, branchOf?: Branch['branchOf'], changedAt = startedAt): Branch => ({
  ...{ id, startedAt, changedAt },
  ...(branchOf ? { branchOf } : {}),
});
const originOf = (all: readonly Branch[]) => (id: string) => all.find((one) => one.id === id)?.branchOf;

describe('branches of a conversation', () => {
  // a: prompts at 0, 3, 6. b and c edit its second; d edits b's third; e edits a's third.
  const a = session('a', 1);
  const b = session('b', 2, { id: 'a', events: 3 });
  const c = session('c', 3, { id: 'a', events: 3 });
  const d = session('d', 4, { id: 'b', events: 7 }, 9);
  const e = session('e', 5, { id: 'a', events: 6 });
  const all = [e, d, c, b, a];
  const other = session('o', 6);

  it('are versions of a prompt, the oldest first; each is gone by the session that changed last', () => {
    assert.deepEqual(branchPoints(all, 'a', [0, 3, 6], 99), [
      { event: 3, current: 0, sessions: ['a', 'd', 'c'] },
      { event: 6, current: 0, sessions: ['a', 'e'] },
    ]);
    // b has a note before its own first message.
    assert.deepEqual(branchPoints(all, 'b', [0, 4, 7], 99), [
      { event: 4, current: 1, sessions: ['e', 'b', 'c'] },
      { event: 7, current: 0, sessions: ['b', 'd'] },
    ]);
    assert.deepEqual(branchPoints(all, 'd', [0, 4, 8], 99), [
      { event: 4, current: 1, sessions: ['e', 'd', 'c'] },
      { event: 8, current: 1, sessions: ['b', 'd'] },
    ]);
    assert.deepEqual(branchPoints(all, 'e', [0, 3, 7], 99), [
      { event: 3, current: 0, sessions: ['e', 'd', 'c'] },
      { event: 7, current: 1, sessions: ['a', 'e'] },
    ]);
    assert.deepEqual(branchPoints([...all, other], 'o', [0, 3], 99), []);
  });

  it('count one in which nothing was sent yet', () => {
    assert.deepEqual(branchPoints(all, 'c', [0], 99), [{ event: 99, current: 2, sessions: ['e', 'd', 'c'] }]);
  });

  it('stay versions of each other when their origin is gone, and are none alone', () => {
    assert.deepEqual(branchPoints([b, c], 'c', [0, 4], 99), [{ event: 4, current: 1, sessions: ['b', 'c'] }]);
    assert.deepEqual(branchPoints([c], 'c', [0, 4], 99), []);
  });

  it('begin where the message first stood, whichever version is edited', () => {
    const at = (id: string, prompts: number[], events: number) => placeOf(originOf(all), prompts, { id, events });
    assert.deepEqual(at('a', [0, 3, 6], 3), { id: 'a', events: 3 });
    assert.deepEqual(at('b', [0, 4, 7], 4), { id: 'a', events: 3 }, 'its own first message is another version');
    assert.deepEqual(at('b', [0, 4, 7], 7), { id: 'b', events: 7 });
    assert.deepEqual(at('d', [0, 4, 8], 8), { id: 'b', events: 7 });
    assert.deepEqual(at('d', [0, 4, 8], 4), { id: 'a', events: 3 });
    assert.deepEqual(at('d', [0, 4, 8], 0), { id: 'a', events: 0 });
  });

  it('are one family, also without the session that they began with', () => {
    const members = (id: string, of: readonly Branch[]) => familiesOf(of).get(id)?.members.sort();
    assert.deepEqual(members('d', [...all, other]), ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(members('o', [...all, other]), ['o']);
    assert.deepEqual(members('c', [b, c, d, other]), ['b', 'c', 'd']);
  });

  it("end also where a damaged file makes two sessions each other's origin", () => {
    const ring = [session('x', 1, { id: 'y', events: 1 }), session('y', 2, { id: 'x', events: 1 })];
    assert.doesNotThrow(() => [familiesOf(ring), branchPoints(ring, 'x', [0, 2], 99)]);
  });
});
