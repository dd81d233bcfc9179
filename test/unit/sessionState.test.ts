import assert from 'node:assert/strict';
import { createSessionState } from '../../extension/chat/sessionState.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { OpenSession } from '../../sidecar/protocol/sessions.ts';

const user: AgentEvent = { type: 'user', id: 'u', text: 'make it async\nand fast', context: '' };
const answer = (text: string): AgentEvent => ({ type: 'answer', text, reasoning: '', calls: [] });
const begin: AgentEvent = { type: 'callBegin', callId: 'c', name: 'bash', title: 'Run ls' };
const endCall: AgentEvent = { type: 'callEnd', callId: 'c', ok: true, text: 'a', summary: '', ms: 1 };
const done: AgentEvent = { type: 'end', reason: 'done' };

const kept = (index: number, event: AgentEvent): SessionEvent => ({ index, at: index, event });
const shown = (event: ShownEvent): SessionEvent => ({ event });
const text = (piece: string) => shown({ type: 'text', text: piece });

const opened = (given: Partial<OpenSession> = {}): OpenSession => ({
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

describe('what the panel shows of a session', () => {
  it('keeps events in their order and leaves out what it knows already', () => {
    const events = [{ index: 0, at: 0, event: user }];
    const state = createSessionState('s', 'ask', opened({ events, running: true }));
    const fresh = state.take([kept(0, user), kept(1, answer('hi')), kept(2, done)]);
    assert.deepEqual(fresh, [kept(1, answer('hi')), kept(2, done)]);
    assert.deepEqual(state.snapshot().events, [kept(0, user), kept(1, answer('hi')), kept(2, done)]);
  });

  it('says when something is missing in between', () => {
    const state = createSessionState('s', 'ask', opened());
    assert.equal(state.take([kept(1, done)]), null);
    assert.deepEqual(state.take([kept(0, user)]), [kept(0, user)]);
  });

  it('gives a page that is built again what is being written, read and run', () => {
    const state = createSessionState('s', 'ask', opened({ partial: 'I st', running: true }));
    const progress: ShownEvent = { type: 'progress', progress: { phase: 'reading', done: 1, total: 2, reused: 0 } };
    state.take([kept(0, user), shown({ type: 'reasoning', text: 'hm' }), text('art'), shown(progress)]);
    assert.deepEqual(state.snapshot().events, [
      kept(0, user),
      shown({ type: 'reasoning', text: 'hm' }),
      text('I start'),
      shown(progress),
    ]);
    state.take([kept(1, answer('I start')), kept(2, begin), shown({ type: 'output', callId: 'c', text: 'a' })]);
    state.take([shown({ type: 'output', callId: 'c', text: 'b' })]);
    assert.deepEqual(state.snapshot().events.slice(3), [shown({ type: 'output', callId: 'c', text: 'ab' })]);
    assert.equal(state.outputOf('c'), 'ab');
    state.take([kept(3, endCall)]);
    assert.equal(state.snapshot().events.length, 4);
    assert.equal(state.outputOf('c'), undefined);
  });

  it('runs from the message to the end, also from one that waited to the next end', () => {
    const state = createSessionState('s', 'ask', opened());
    state.begin();
    assert.equal(state.running, true);
    state.take([kept(0, user), kept(1, done)]);
    assert.equal(state.running, false);
    state.take([kept(2, user)]);
    assert.equal(state.running, true);
    state.take([kept(3, { type: 'end', reason: 'stopped' }), kept(4, { type: 'titled', title: 'Async' })]);
    assert.equal(state.running, false);
  });

  it('offers to go on after its process ended in a turn, until something comes of it', () => {
    const state = createSessionState('s', 'ask', opened({ running: true }));
    state.cutOff();
    assert.deepEqual([state.running, state.snapshot().continues], [false, true]);
    state.begin();
    assert.deepEqual([state.running, state.snapshot().continues], [true, false]);
    const idle = createSessionState('s', 'ask', opened());
    idle.cutOff();
    assert.equal(idle.snapshot().continues, false);
  });

  it('is called by the first line, or as the person says', () => {
    const state = createSessionState('s', 'ask', opened());
    assert.equal(state.title, '');
    state.take([kept(0, user)]);
    assert.equal(state.title, 'make it async');
    state.take([kept(1, { type: 'titled', title: 'Retry' })]);
    assert.equal(state.title, 'Retry');
  });

  it('knows the problem that an event holds', () => {
    const state = createSessionState('s', 'ask', opened());
    const report = problem('offline', { action: 'It' });
    state.take([kept(0, user), kept(1, { type: 'end', reason: 'failed', problem: report })]);
    assert.deepEqual(state.problemAt(1), report);
    assert.equal(state.problemAt(0), undefined);
    assert.equal(state.problemAt(9), undefined);
  });

  it('ends where its record cannot be written, with the reason, until the next message', () => {
    const state = createSessionState('s', 'ask', opened({ running: true }));
    const report = problem('internal', { reason: 'The disk is full.' });
    state.take([kept(0, user), shown({ type: 'broken', problem: report })]);
    assert.equal(state.running, false);
    assert.deepEqual(state.snapshot().events.at(-1), shown({ type: 'broken', problem: report }));
    assert.deepEqual(state.problemAt(1), report);
    state.take([kept(1, user)]);
    assert.deepEqual([state.running, state.problemAt(2)], [true, undefined]);
  });

  it('keeps the list of waiting messages', () => {
    const state = createSessionState('s', 'plan', null);
    assert.deepEqual([state.mode, state.snapshot().waiting], ['plan', []]);
    const messages = [{ id: 'm', kind: 'queue' as const, text: 'next' }];
    state.take([shown({ type: 'waiting', messages })]);
    assert.deepEqual(state.snapshot().waiting, messages);
  });
});
