import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import { appliedEdits } from '../../webview/chat/appliedEdits.ts';
import { atRest, fold, foldAll, foldEarlier } from '../../webview/chat/fold.ts';
import { mentionAt } from '../../webview/chat/mention.ts';
import { readTodo } from '../../webview/chat/todoItems.ts';
import { rowsOf } from '../../webview/chat/turnRows.ts';
import { firstAround, firstInSight, nextShown, turnsBefore } from '../../webview/chat/turnWindow.ts';
import { emptyView, type SessionView, type Step, type Turn } from '../../webview/chat/view.ts';
import { sessionParts } from '../../webview/sessionParts.ts';
import { answer, begin, done, events, finish, startedAt, user } from '../webview/sampleEvents.ts';

const now = startedAt;
const view = (...list: (AgentEvent | ShownEvent)[]) => foldAll(events(list), now);
const lastTurn = (session: SessionView): Turn => session.turns.at(-1) ?? assert.fail('there is no turn');
const kinds = (turn: Turn) => turn.steps.map((step) => step.kind);
const text = (piece: string): ShownEvent => ({ type: 'text', text: piece });
const stepOf = <K extends Step['kind']>(session: SessionView, kind: K) =>
  lastTurn(session).steps.find((step): step is Extract<Step, { kind: K }> => step.kind === kind) ??
  assert.fail(`no ${kind}`);

/** A session with every kind of event. */
const all: (AgentEvent | ShownEvent)[] = [
  user('add a flag', ['cli.py, lines 4-9'], 'Small 2'),
  { type: 'progress', progress: { phase: 'reading', done: 5, total: 10, reused: 0 } },
  { type: 'reasoning', text: 'First ' },
  { type: 'reasoning', text: 'look.' },
  text('I look '),
  text('at it.'),
  answer(
    'I look at it.',
    [
      ['a', 'read', { file_path: 'cli.py' }],
      ['b', 'bash', { command: 'npm test' }],
    ],
    'First look.',
  ),
  begin('a', 'read', 'Read cli.py'),
  finish('a', '84 lines'),
  begin('b', 'bash', 'npm test'),
  { type: 'permission', callId: 'b', answer: 'allow_always', rule: 'npm test' },
  { type: 'output', callId: 'b', text: '1 failed' },
  finish('b', 'exit 1', '1 failed', 2000, false),
  { type: 'hint', text: 'Do something else.' },
  { type: 'steer', text: 'use pathlib', attached: ['paths.py'] },
  answer('', [['t', 'todo', { items: [{ text: 'Parse', state: 'done' }, { text: 'Test' }] }]]),
  begin('t', 'todo', 'Plan, 1 of 2 done'),
  finish('t', '1 of 2 done'),
  { type: 'notice', text: 'Memory was short.' },
  { type: 'waiting', messages: [{ id: 'w', kind: 'queue', text: 'then the docs' }] },
  {
    type: 'reviewed',
    changeSetId: 's',
    told: 'x',
    files: [{ path: 'cli.py', operation: 'edit', accepted: 1, rejected: 0, changedByPerson: false }],
  },
  { type: 'pruned', callIds: ['a'] },
  { type: 'condensed', upTo: 5, summary: 'So far.' },
  { type: 'note', text: 'The session was resumed.' },
  { type: 'titled', title: 'A flag' },
  answer('Done.'),
  done,
  user('again'),
  { type: 'end', reason: 'failed', problem: problem('streamCut', { n: 3 }) },
];

describe('a session as a fold over its events', () => {
  it('makes of every kind of event what the panel shows', () => {
    const session = view(...all);
    const [first, second] = session.turns;
    assert.ok(first && second);
    assert.deepEqual(
      {
        prompt: first.prompt,
        attached: first.attached,
        model: first.model,
        todo: first.todo,
        end: first.end,
        at: first.at,
      },
      {
        prompt: 'add a flag',
        attached: ['cli.py, lines 4-9'],
        model: 'Small 2',
        todo: [
          { text: 'Parse', state: 'done' },
          { text: 'Test', state: 'open' },
        ],
        end: { index: 18, reason: 'done' },
        at: startedAt + 1000,
      },
    );
    assert.deepEqual(kinds(first), [
      ...['answer', 'call', 'call', 'hint', 'steer', 'answer', 'call', 'notice'],
      ...['reviewed', 'condensed', 'note', 'answer'],
    ]);
    assert.deepEqual(first.steps[2], {
      ...{
        kind: 'call',
        id: 'b',
        name: 'bash',
        title: 'npm test',
        arguments: '{"command":"npm test"}',
        state: 'failed',
      },
      ...{ startedAt: startedAt + 10_000, ms: 2000, rule: 'npm test', allowed: 'always' },
      ...{ output: '1 failed', result: '1 failed', summary: 'exit 1' },
    });
    assert.deepEqual(second.end, { index: 20, reason: 'failed', problem: problem('streamCut', { n: 3 }) });
    const { title, running, progress, next, waiting } = session;
    assert.deepEqual(
      { title, running, progress, next, waiting },
      {
        title: 'A flag',
        running: false,
        progress: null,
        next: 21,
        waiting: [{ id: 'w', kind: 'queue', text: 'then the docs' }],
      },
    );
  });

  it('gives the same state wherever it is split, and however much comes again', () => {
    const list = events(all);
    const whole = foldAll(list, now);
    const cut = fc.nat({ max: list.length });
    fc.assert(
      fc.property(cut, cut, (end, back) => {
        const kept = (event: SessionEvent) => 'index' in event;
        const before = foldAll(list.slice(0, end), now);
        const again = list.slice(Math.max(0, end - back), end).filter(kept);
        assert.deepEqual(foldAll(list.slice(end), now, foldAll(again, now, before)), whole);
      }),
    );
  });

  it('takes text in any pieces, then the answer in their place', () => {
    const whole = 'I look at the parser first.';
    const pieces = fc.array(fc.nat({ max: whole.length }), { maxLength: 6 }).map((cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
      return at.slice(1).map((to, i) => text(whole.slice(at[i], to)));
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const written = view(user('go'), ...parts);
        assert.deepEqual(lastTurn(written).steps, [
          { kind: 'answer', text: whole, reasoning: '', open: true, calls: [] },
        ]);
        const answered = view(user('go'), ...parts, answer('Another text.'));
        assert.deepEqual(lastTurn(answered).steps, [
          { kind: 'answer', text: 'Another text.', reasoning: '', open: false, calls: [] },
        ]);
      }),
    );
  });

  it('measures how long the reasoning took, where it was seen', () => {
    const [prompt, thought, first, reply] = events([
      user('go'),
      { type: 'reasoning', text: 'Hm.' },
      text('Yes'),
      answer('Yes.', [], 'Hm.'),
    ]);
    let session = fold(emptyView, prompt!, 0);
    session = fold(session, thought!, 10_000);
    session = fold(session, first!, 14_000);
    assert.equal(stepOf(session, 'answer').reasoningMs, 4000);
    assert.equal(stepOf(fold(session, reply!, 20_000), 'answer').reasoningMs, 4000);
    assert.equal(stepOf(view(user('go'), answer('Yes.', [], 'Hm.')), 'answer').reasoningMs, undefined);
  });

  it('keeps unchanged turns and steps the same objects', () => {
    const before = view(...all, user('more'), answer('One.', [['x', 'read', {}]]), begin('x', 'read', 'Read a'));
    const after = fold(before, { event: text('Two') }, now);
    assert.equal(after.turns[0], before.turns[0]);
    assert.equal(lastTurn(after).steps[0], lastTurn(before).steps[0]);
    assert.notEqual(lastTurn(after), lastTurn(before));
  });

  it('sums the usage and counts the work, not the waiting for the person', () => {
    const asks = [begin('c', 'bash', 'ls'), { type: 'permission', callId: 'c', answer: 'allow_once' } as const];
    const quick = events([
      user('go'),
      answer('', [['c', 'bash', {}]]),
      ...asks,
      finish('c', 'exit 0'),
      answer('Done.'),
      done,
    ]);
    // The person took an hour to allow it.
    const late = quick.map((event) =>
      'index' in event && event.index >= 3 ? { ...event, at: event.at + 3_600_000 } : event,
    );
    const { usage } = lastTurn(foldAll(late, now));
    assert.deepEqual(usage, {
      promptTokens: 24_824,
      reusedTokens: 23_800,
      outputTokens: 636,
      tokensPerSecond: 43.2,
      ms: 5000,
    });
  });

  it('knows whether it runs: a turn that goes on, one that ended, one whose process died', () => {
    const stopped: AgentEvent = { type: 'end', reason: 'stopped' };
    assert.equal(view(user('go'), text('I')).running, true);
    const ended = view(user('go'), begin('a', 'bash', 'ls'), text('I'), stopped);
    assert.equal(ended.running, false);
    assert.equal(stepOf(ended, 'call').state, 'failed');
    assert.equal(stepOf(ended, 'answer').open, false);
    const goesOn = view(user('go'), stopped, text('more'));
    assert.deepEqual([goesOn.running, lastTurn(goesOn).end], [true, undefined]);
    const died = atRest(view(user('go'), begin('a', 'bash', 'ls')));
    assert.deepEqual([died.running, stepOf(died, 'call').summary], [false, 'interrupted']);
    assert.equal(view(user('go'), done, { type: 'condensed', upTo: 2, summary: '' }).running, false);
    assert.equal(view(user('go'), { type: 'condensed', upTo: 1, summary: '' }).running, true);
  });

  it('says of a rejected call that it was rejected, and keeps the end of a long output', () => {
    const rejected = view(
      user('go'),
      begin('c', 'bash', 'rm'),
      { type: 'permission', callId: 'c', answer: 'reject_once' },
      finish('c', 'rejected', '', 0, false),
    );
    assert.equal(stepOf(rejected, 'call').state, 'rejected');
    const long = view(
      user('go'),
      begin('c', 'bash', 'ls'),
      { type: 'output', callId: 'c', text: 'x'.repeat(9000) },
      { type: 'output', callId: 'c', text: 'end' },
    );
    assert.match(stepOf(long, 'call').output, /^x{3997}end$/);
  });

  it('survives what belongs to nothing', () => {
    const strange: (AgentEvent | ShownEvent)[] = [
      text('early'),
      finish('nobody', ''),
      { type: 'output', callId: 'nobody', text: 'x' },
      { type: 'permission', callId: 'nobody', answer: 'allow_once' },
      { type: 'note', text: 'first' },
    ];
    assert.deepEqual(kinds(lastTurn(view(...strange))), ['note']);
    assert.equal(lastTurn(view(...strange)).prompt, undefined);
  });
});

describe('rows of a turn', () => {
  const rows = (...list: (AgentEvent | ShownEvent)[]) =>
    rowsOf(lastTurn(view(user('go'), ...list)).steps).map((row) => (row.kind === 'step' ? row.step.kind : row.kind));
  const read = (id: string, ok = true) => [begin(id, 'read', `Read ${id}`), finish(id, '', '', 1, ok)];
  const todo = (id: string) => [answer('', [[id, 'todo', { items: [] }]]), begin(id, 'todo', 'Plan'), finish(id, '')];

  it('merges neighbouring reads, also over answers without words', () => {
    assert.deepEqual(rows(...read('a'), answer(''), ...read('b')), ['reads']);
    assert.deepEqual(rows(...read('a'), answer('Now b.'), ...read('b')), ['call', 'answer', 'call']);
    assert.deepEqual(rows(...read('a'), ...read('b', false), ...read('c')), ['call', 'call', 'call']);
  });

  it('shows only the newest plan, and the message of a call that ends the turn as the answer', () => {
    assert.deepEqual(rows(...todo('1'), ...read('a'), ...todo('2')), ['call', 'plan']);
    assert.deepEqual(rows(begin('f', 'finish', 'Finish'), finish('f', '', 'All done.')), ['answer']);
  });
});

describe('small readers of the panel', () => {
  it('reads a plan as ours and as OpenHands writes it', () => {
    const theirs = { command: 'plan', task_list: [{ id: '1', title: 'Parse', status: 'in_progress' }] };
    assert.deepEqual(readTodo(JSON.stringify(theirs)), [{ text: 'Parse', state: 'doing' }]);
    assert.equal(readTodo('{"items": [{'), null);
    assert.equal(readTodo('{}'), null);
  });

  it('finds the @-word at the cursor', () => {
    assert.deepEqual(mentionAt('fix @src/pa', 11), { from: 4, query: 'src/pa' });
    assert.deepEqual(mentionAt('@', 1), { from: 0, query: '' });
    assert.equal(mentionAt('me@example.com', 14), null);
    assert.equal(mentionAt('@a b', 4), null);
    assert.equal(mentionAt('a @b', 2), null);
  });

  it('draws few turns of a long session at first, and at least four of long turns', () => {
    const turn = (steps: number): Turn => {
      const one = lastTurn(view(user('go'), answer('x')));
      return { ...one, steps: Array.from({ length: steps }, () => one.steps[0]!) };
    };
    const session = (count: number, steps: number) =>
      Array.from({ length: count }, (_, n) => ({ ...turn(steps), index: n * 10 }));
    assert.equal(firstAround([]), 0);
    assert.equal(firstAround(session(200, 1)), 1500, '50 turns');
    assert.equal(firstAround(session(20, 500)), 160, 'four turns, however long');
    assert.equal(firstInSight(session(20, 500)), 190, 'the newest alone');
    const turns = session(40, 3);
    const drawn: number[] = [];
    for (let at = firstInSight(turns); at > 100; at = nextShown(turns, at, 100)) drawn.push(at);
    assert.deepEqual(drawn, [350, 320, 290, 260, 230, 200, 170, 140, 110], 'a few turns at a time');
    assert.equal(nextShown(turns, 110, 100), 100);
    assert.equal(turnsBefore(turns, 300, 20), 100);
    assert.equal(turnsBefore(turns, 50, 20), 0);
  });
});

describe('a session that is told in parts', () => {
  const call = fc.constantFrom('a', 'b', 'c');
  const event: fc.Arbitrary<AgentEvent> = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('go', 'on').map((text) => user(text)) },
    fc.constantFrom('One.', 'Two.').map((text) => answer(text)),
    call.map((id) => begin(id, 'bash', 'npm test')),
    call.map((id) => finish(id, 'exit 0')),
    call.map((callId) => ({ type: 'permission' as const, callId, answer: 'allow_once' as const })),
    fc.constantFrom<AgentEvent>(done, { type: 'note', text: 'n' }, { type: 'titled', title: 'Named' }),
    fc.constant<AgentEvent>({ type: 'condensed', upTo: 1, summary: 'so far' }),
  );

  it('is the same as one that is told at once', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 100, maxLength: 900 }), (list) => {
        const all = events(list);
        const { newest, earlier } = sessionParts(all);
        assert.deepEqual([...[...earlier].reverse().flat(), ...newest], all, 'nothing is lost');
        let shown = foldAll(newest, now);
        for (const part of earlier) shown = foldEarlier(shown, part, now);
        assert.deepEqual(shown, foldAll(all, now));
      }),
      { numRuns: 100 },
    );
  });

  it('comes in parts of some hundred events, each of whole turns', () => {
    const turn = (n: number) => [user(`${n}`), answer('x'), begin(`c${n}`, 'bash', 'x'), finish(`c${n}`, ''), done];
    const { newest, earlier } = sessionParts(events(Array.from({ length: 400 }, (_, n) => turn(n)).flat()));
    assert.ok(newest.length >= 60 && newest.length < 70, `${newest.length}`);
    for (const part of earlier) assert.ok(part.length <= 155 && part[0]?.event.type === 'user', `${part.length}`);
  });

  it('knows the tokens of the last answer that was counted', () => {
    const one = answer('One.', [], '', 1312);
    assert.equal(view(user('go')).contextUsed, undefined);
    assert.equal(view(user('go'), one, done).contextUsed, 1312);
    const uncounted: AgentEvent = { type: 'answer', text: 'x', reasoning: '', calls: [] };
    assert.equal(view(user('go'), one, done, user('on'), uncounted, done).contextUsed, 1312);
    const condensed: AgentEvent = { type: 'condensed', upTo: 1, summary: 'so far' };
    assert.equal(view(user('go'), one, done, condensed).contextUsed, null);
    assert.equal(view(user('go'), one, done, condensed, answer('Two.', [], '', 700)).contextUsed, 700);
  });

  it('ignores a part that does not end where the view begins', () => {
    const all = events([user('one'), answer('1'), done, user('two'), answer('2'), done, user('three')]);
    const shown = foldAll(all.slice(6), now);
    assert.equal(foldEarlier(shown, all.slice(0, 3), now), shown);
    const grown = foldEarlier(shown, all.slice(3, 6), now);
    assert.equal(foldEarlier(grown, all.slice(3, 6), now), grown, 'told twice');
    assert.deepEqual(foldEarlier(grown, all.slice(0, 3), now), foldAll(all, now));
  });
});

describe('edits that a turn wrote at once', () => {
  const calls: [string, string, object][] = [
    ['a', 'edit', { file_path: 'cli.py' }],
    ['b', 'edit', { path: 'cli.py' }],
    ['c', 'write_file', { file_path: 'test_cli.py' }],
    ['d', 'edit', { file_path: 'other.py' }],
  ];
  const written = [
    user('go'),
    answer('', calls),
    ...calls.map(([id, name]) => begin(id, name, `Edit ${id}`)),
    finish('a', '+12 -3'),
    finish('b', '+1 -1'),
    finish('c', '+30 -0'),
    finish('d', 'not found'),
  ];
  const applied = (...more: AgentEvent[]) => appliedEdits(lastTurn(view(...written, ...more)));

  it('are counted by file, once the turn is over', () => {
    assert.deepEqual(applied(done), { files: 2, added: 43, removed: 4 });
    assert.equal(applied(), null);
    assert.equal(appliedEdits(lastTurn(view(user('go'), answer('Nothing to do.'), done))), null);
  });

  it('are none where a review decided, and once they were taken back', () => {
    assert.equal(applied({ type: 'reviewed', changeSetId: 'set', files: [], told: '' }, done), null);
    assert.equal(applied(done, { type: 'note', text: 'The person took back your changes.' }), null);
  });
});
