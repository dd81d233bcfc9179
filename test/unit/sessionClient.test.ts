import assert from 'node:assert/strict';
import { createSessionClient, type SessionClientDeps } from '../../extension/chat/sessionClient.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { RequestName, RequestResult } from '../../sidecar/protocol/messages.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { OpenSession } from '../../sidecar/protocol/sessions.ts';

const user: AgentEvent = { type: 'user', id: 'u', text: 'look', context: '' };
const kept = (index: number, event: AgentEvent) => ({ index, at: 0, event });
const open = (given: Partial<OpenSession> = {}): OpenSession => ({
  kind: 'open',
  title: '',
  mode: 'ask',
  events: [],
  partial: '',
  running: false,
  reviewing: false,
  continues: false,
  waiting: [],
  staged: null,
  branches: [],
  ...given,
});

/** What VS Code keeps for a workspace. */
function createMemento() {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, fallback?: T) => (values.has(key) ? (values.get(key) as T) : fallback) as T,
    async update(key: string, value: unknown) {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    },
  };
}

type Answers = { [N in RequestName]?: (params: never) => RequestResult<N> | Promise<RequestResult<N>> };

/** A client over a sidecar that answers as the test says. */
function client(answers: Answers, memento = createMemento(), newMode: () => AgentMode = () => 'ask') {
  const requests: string[] = [];
  const told: string[] = [];
  const events: SessionEvent[] = [];
  const staged: [string, boolean][] = [];
  let notify: (params: { sessionId: string; events: SessionEvent[] }) => void = () => undefined;
  const listeners = { running: () => {}, ended: () => {} };
  const sidecar: SessionClientDeps['sidecar'] = {
    async request(name, params) {
      requests.push(`${name} ${JSON.stringify(params)}`);
      const answer = answers[name] as ((params: unknown) => unknown) | undefined;
      if (!answer) throw new Error(`${name} was not expected`);
      return (await answer(params)) as never;
    },
    onNotification: (_name, handle) => {
      notify = handle as typeof notify;
    },
    onRunning(handle) {
      listeners.running = handle;
    },
    onEnded(handle) {
      listeners.ended = () => handle(undefined);
    },
  };
  const sessions = createSessionClient({
    sidecar,
    memento,
    newMode,
    onShown: () => told.push('shown'),
    onEvents: (fresh) => events.push(...fresh),
    onChange: () => told.push('changed'),
    onTurns: () => told.push('turns'),
    onProblem: ({ title }) => told.push(title),
    onStaged: (id, changeSet) => staged.push([id, changeSet !== null]),
  });
  return {
    sessions,
    requests,
    told,
    events,
    staged,
    memento,
    notify: (id: string, ...all: SessionEvent[]) => notify({ sessionId: id, events: all }),
    listeners,
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the session that is shown', () => {
  it('is made by its first message, and asks for nothing before', async () => {
    const { sessions, requests, memento } = client({
      sessionCreate: () => ({ sessionId: 's1' }),
      sessionOpen: () => open({ mode: 'plan' }),
      sessionSend: () => ({ taken: 'started' }),
    });
    await sessions.restore();
    await sessions.stop();
    await sessions.setMode('plan');
    assert.equal(await sessions.continue(), false);
    assert.equal(requests.length, 0);
    assert.equal(await sessions.send('look', [], 'steer'), 'started');
    assert.deepEqual(
      requests.map((each) => each.split(' ')[0]),
      ['sessionCreate', 'sessionOpen', 'sessionSend'],
    );
    assert.match(requests[0] ?? '', /"plan"/);
    assert.deepEqual([sessions.shown().id, sessions.shown().running], ['s1', true]);
    assert.equal(memento.get('devstral.session.shown'), 's1');
  });

  it('is made once, also where a second message comes before it is there', async () => {
    const { sessions, requests } = client({
      sessionCreate: () => ({ sessionId: 's1' }),
      sessionOpen: () => open(),
      sessionSend: () => ({ taken: 'started' }),
    });
    await Promise.all([sessions.send('one', [], 'steer'), sessions.send('two', [], 'queue')]);
    assert.equal(requests.filter((each) => each.startsWith('sessionCreate')).length, 1);
  });

  it('is there again after a reload of the window, with its mode and what can go on', async () => {
    const first = client({
      sessionCreate: () => ({ sessionId: 's1' }),
      sessionOpen: () => open(),
      sessionSend: () => ({ taken: 'started' }),
      sessionMode: () => ({}),
    });
    await first.sessions.send('look', [], 'steer');
    await first.sessions.setMode('auto');

    const reloaded = client(
      { sessionOpen: () => open({ events: [kept(0, user)], continues: true }), sessionMode: () => ({}) },
      first.memento,
    );
    assert.equal(reloaded.sessions.shown().id, '');
    await reloaded.sessions.restore();
    const shown = reloaded.sessions.shown();
    assert.deepEqual([shown.id, shown.mode, shown.title, shown.snapshot().continues], ['s1', 'auto', 'look', true]);
    assert.match(reloaded.requests[1] ?? '', /^sessionMode .*"auto"/);
    await reloaded.sessions.restore();
    assert.equal(reloaded.requests.length, 2);
  });

  it('takes the events that follow, and opens again where some are missing', async () => {
    let events = [kept(0, user)];
    const { sessions, requests, events: told, notify } = client({ sessionOpen: () => open({ events }) });
    await sessions.open('s1');
    notify('s2', kept(0, user));
    notify('s1', kept(0, user), { event: { type: 'text', text: 'Hi' } });
    assert.deepEqual(told, [{ event: { type: 'text', text: 'Hi' } }]);
    events = [kept(0, user), kept(1, user), kept(2, user)];
    notify('s1', kept(2, user));
    await settled();
    assert.equal(requests.length, 2);
    assert.equal(sessions.shown().events.length, 3);
  });

  it('is opened again when another process runs, and offers to go on', async () => {
    let continues = false;
    const { sessions, listeners, notify, told } = client({
      sessionOpen: () => open({ events: [kept(0, user)], running: !continues, continues }),
    });
    await sessions.open('s1');
    listeners.ended();
    assert.deepEqual([sessions.shown().running, sessions.shown().snapshot().continues], [false, true]);
    // What the old process still had on its way is not taken for the new one's.
    notify('s1', kept(1, user));
    assert.equal(sessions.shown().events.length, 1);
    continues = true;
    told.length = 0;
    listeners.running();
    await settled();
    assert.ok(told.includes('shown'));
    assert.equal(sessions.shown().snapshot().continues, true);
  });

  it('takes a message for a new process only once that has its mode', async () => {
    const { sessions, listeners, requests } = client({
      sessionOpen: () => open({ mode: 'auto' }),
      sessionMode: () => settled().then(() => ({})),
      sessionSend: () => ({ taken: 'started' }),
    });
    await sessions.open('s1');
    await sessions.setMode('plan');
    for (const comesBack of [true, false]) {
      requests.length = 0;
      listeners.ended();
      if (comesBack) listeners.running();
      await sessions.send('look', [], 'steer');
      const names = requests.map((request) => request.split(' ')[0]);
      assert.deepEqual(names, ['sessionOpen', 'sessionMode', 'sessionSend']);
    }
  });

  it('stays as it is where another cannot be opened', async () => {
    const report = problem('sessionInUse', { pid: 7 });
    const { sessions, told } = client({
      sessionOpen: (({ sessionId }: { sessionId: string }) =>
        sessionId === 's1' ? open() : { kind: 'failed', problem: report }) as never,
    });
    await sessions.open('s1');
    assert.equal(await sessions.open('s2'), false);
    assert.equal(sessions.shown().id, 's1');
    assert.ok(told.includes(report.title));
  });

  it('is the one that was asked for last', async () => {
    let answer: (opened: OpenSession) => void = () => undefined;
    const slow = new Promise<OpenSession>((resolve) => {
      answer = resolve;
    });
    const { sessions } = client({
      sessionOpen: (({ sessionId }: { sessionId: string }) => (sessionId === 'slow' ? slow : open())) as never,
    });
    const first = sessions.open('slow');
    await sessions.open('s2');
    answer(open());
    assert.equal(await first, false);
    assert.equal(sessions.shown().id, 's2');
  });

  it('gives way to an empty one when it is removed', async () => {
    const { sessions, memento } = client({
      sessionOpen: () => open(),
      sessionRemove: () => ({ kind: 'done', sessionIds: ['s1'] }),
    });
    await sessions.open('s1');
    await sessions.remove('s1');
    assert.equal(sessions.shown().id, '');
    assert.equal(memento.get('devstral.session.shown'), undefined);
  });

  it('has the edits shown that a turn left when it broke off, in whatever session', async () => {
    const set = { id: 'c', title: '', files: [] };
    const { sessions, staged, notify } = client({
      sessionOpen: (({ sessionId }: { sessionId: string }) =>
        open({ staged: sessionId === 's2' ? set : null })) as never,
    });
    await sessions.open('s1');
    notify('s2', kept(5, { type: 'end', reason: 'done' }));
    await settled();
    assert.deepEqual(staged, [['s1', false]]);
    notify('s2', kept(6, { type: 'end', reason: 'stopped' }));
    await settled();
    assert.deepEqual(staged.at(-1), ['s2', true]);
    assert.equal(sessions.shown().id, 's1');
  });
});
