import assert from 'node:assert/strict';
import { historyOf } from '../../extension/chat/history.ts';
import { createRemovals } from '../../extension/chat/removals.ts';
import type { RequestResult } from '../../sidecar/protocol/messages.ts';

type Summary = RequestResult<'sessionList'>['sessions'][number];

const session = (id: string, changedAt: number, more: Partial<Summary> = {}): Summary => ({
  ...{ id, title: id, startedAt: 0, changedAt, messages: 1, state: 'done', openElsewhere: false },
  ...more,
});
const pendingOf = (id: string) => (of: string) =>
  of === id ? { kind: 'question' as const, at: 0, id: '1', question: '?', choices: [] } : null;

async function rows(all: Summary[], query = '', asks = '', removed: string[] = []) {
  const sessions = { list: async () => all, search: async () => [{ sessionId: 'b', event: 0, excerpt: 'found it' }] };
  const list = await historyOf(sessions, { of: pendingOf(asks) }, { has: (id) => removed.includes(id) }, query);
  return list.map(({ id, state, branches = 1, removed: gone, excerpt }) =>
    [id, state, branches, gone ? 'removed' : '', excerpt ?? ''].join(' ').trim(),
  );
}

describe('rows of the history', () => {
  const all = [
    session('a', 9, { family: 'f' }),
    session('x', 8),
    session('b', 7, { family: 'f', state: 'waits' }),
    session('c', 6, { family: 'f', state: 'running' }),
  ];

  it('have one for a conversation, whatever its branches: the one that needs the person, else the newest', async () => {
    const calm = all.map((each) => ({ ...each, state: 'done' as const }));
    assert.deepEqual(await rows(calm), ['a done 3', 'x done 1']);
    assert.deepEqual(await rows(all), ['c running 3', 'x done 1']);
    assert.deepEqual(await rows(all, '', 'b'), ['b asks 3', 'x done 1']);
  });

  it('show the branch that a search finds', async () => {
    assert.deepEqual(await rows(all, 'found'), ['b waits 3  found it']);
  });

  it('say which is deleted, also where another branch is the row', async () => {
    assert.deepEqual(await rows(all, '', '', ['a']), ['c running 3 removed', 'x done 1']);
  });
});

describe('a deleted session', () => {
  function removing(shownId: string) {
    const calls: string[] = [];
    let shown = shownId;
    const sessions = {
      shown: () => ({ id: shown }) as never,
      newSession() {
        shown = '';
      },
      async open(id: string) {
        shown = id;
        return true;
      },
      async remove(id: string) {
        calls.push(id);
      },
    };
    return {
      calls,
      shown: () => shown,
      removals: createRemovals(
        sessions,
        () => calls.push('rows'),
        (error) => assert.fail(String(error)),
      ),
    };
  }

  it('is gone from the panel at once, and comes back where it was shown', async () => {
    const { calls, shown, removals } = removing('a');
    removals.add('a');
    assert.equal(shown(), '');
    assert.ok(removals.has('a'));
    await removals.undo('a');
    assert.ok(!removals.has('a'));
    assert.equal(shown(), 'a');
    assert.deepEqual(calls, ['rows', 'rows'], 'nothing was removed');
    removals.dispose();
  });

  it('comes back without taking the place of what the person went to', async () => {
    const { shown, removals } = removing('b');
    removals.add('a');
    await removals.undo('a');
    assert.equal(shown(), 'b');
    removals.dispose();
  });

  it('stays when the window closes before its time is over', () => {
    const { calls, removals } = removing('b');
    removals.add('a');
    removals.dispose();
    assert.deepEqual(calls, ['rows']);
  });
});
