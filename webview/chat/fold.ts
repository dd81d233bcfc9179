import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { SessionEvent, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import {
  add,
  addNotice,
  addUsage,
  argumentsOf,
  changeCall,
  closed,
  findCall,
  newTurn,
  note,
  openAnswer,
  thought,
  withUsed,
  work,
  writing,
} from './changeTurn.ts';
import { readTodo } from './todoItems.ts';
import { type Answer, type Call, emptyView, type SessionView, type Step, type TurnEnd } from './view.ts';

/** What is kept of an output while it comes, in characters. */
const outputTail = 4000;

/** A session's view from its events so far. `now` is the clock, for what no event has the time of. */
export function foldAll(events: readonly SessionEvent[], now: number, from: SessionView = emptyView): SessionView {
  return events.reduce((view, event) => fold(view, event, now), from);
}

/**
 * The view after one more event. Pure: unchanged turns and steps stay the same objects. A kept event that was folded in
 * already is ignored, so that a reload may send too much. Pieces of text come first, the `answer` event replaces them.
 */
export function fold(view: SessionView, event: SessionEvent, now: number): SessionView {
  if (!('index' in event)) return foldShown(view, event.event, now);
  if (event.index < view.next) return view;
  // A name can be given at any time.
  const reviewing = view.reviewing && event.event.type === 'titled';
  return foldKept({ ...view, reviewing, next: event.index + 1 }, event.event, event.index, event.at);
}

/**
 * The view with the turns before it, from a part of the session that ends where the view begins (`sessionParts`); a part
 * that does not is ignored. Pure.
 */
export function foldEarlier(view: SessionView, events: readonly SessionEvent[], now: number): SessionView {
  const last = events.findLast((event) => 'index' in event);
  if (!last || last.index + 1 !== view.turns[0]?.index) return view;
  const before = foldAll(events, now);
  const title = view.title ?? before.title;
  const contextUsed = view.contextUsed === undefined ? before.contextUsed : view.contextUsed;
  return {
    ...view,
    turns: [...before.turns, ...view.turns],
    ...(title === undefined ? {} : { title }),
    ...(contextUsed === undefined ? {} : { contextUsed }),
  };
}

function foldShown(view: SessionView, event: ShownEvent, now: number): SessionView {
  switch (event.type) {
    case 'text':
      return writing(view, (answer) => ({ ...thought(answer, now), text: answer.text + event.text }));
    case 'reasoning':
      return writing(view, (answer) => ({
        ...answer,
        reasoning: answer.reasoning + event.text,
        reasoningSince: answer.reasoningSince ?? now,
      }));
    case 'progress':
      if (event.progress.phase === 'notice') return addNotice(view, event.progress.text);
      if (event.progress.phase !== 'writing') return { ...view, running: true, progress: event.progress };
      // Words are seen as they come, a call only once it is whole.
      return {
        ...view,
        running: true,
        speed: event.progress.tokensPerSecond,
        progress: event.progress.form === 'text' ? null : event.progress,
      };
    case 'output':
      return changeCall(view, event.callId, (call) => ({
        ...call,
        output: (call.output + event.text).slice(-outputTail),
      }));
    case 'notice':
      return addNotice(view, event.text);
    case 'waiting':
      return { ...view, waiting: event.messages };
    case 'reviewing':
      return { ...view, running: true, reviewing: true, progress: null };
    case 'broken':
      return ended(view, { index: view.next, reason: 'failed', problem: event.problem }, now);
  }
}

/** The turn is over: what still ran in it has ended with it. */
function ended(view: SessionView, end: TurnEnd, at: number): SessionView {
  const stopped = work(view, end.index, at, (turn) => ({
    ...turn,
    steps: turn.steps.map((step) => closed(step, 'stopped')),
    end,
  }));
  return { ...stopped, running: false, reviewing: false };
}

function foldKept(view: SessionView, event: AgentEvent, index: number, at: number): SessionView {
  switch (event.type) {
    case 'user': {
      const turn = newTurn(index, at, event.model ?? '');
      const turns = [...view.turns, { ...turn, prompt: event.text, attached: event.attached ?? [] }];
      return { ...view, turns, running: true, progress: null };
    }
    case 'steer':
      return work(view, index, at, (turn) =>
        add(turn, { kind: 'steer', text: event.text, attached: event.attached ?? [] }),
      );
    case 'answer':
      return work(withUsed(view, event.usage), index, at, (turn) => {
        const { text, reasoning, calls, cut, usage } = event;
        const written = openAnswer(turn);
        const answer: Answer = {
          ...{ kind: 'answer', text, reasoning, calls, open: false },
          ...(cut === undefined ? {} : { cut }),
          ...(written?.reasoningMs === undefined
            ? written?.reasoningSince === undefined || reasoning === ''
              ? {}
              : { reasoningMs: Math.max(0, at - written.reasoningSince) }
            : { reasoningMs: written.reasoningMs }),
        };
        const steps = written ? [...turn.steps.slice(0, -1), answer] : [...turn.steps, answer];
        return { ...turn, steps, usage: usage ? addUsage(turn.usage, usage) : turn.usage };
      });
    case 'callBegin':
      return work(view, index, at, (turn) => {
        const { callId: id, name, title } = event;
        const call: Call = {
          ...{ kind: 'call', id, name, title, arguments: argumentsOf(turn, id), state: 'running', startedAt: at },
          ...{ output: '', result: '', summary: '' },
        };
        const todo = name === 'todo' ? readTodo(call.arguments) : null;
        return { ...add(turn, call), ...(todo ? { todo } : {}) };
      });
    case 'permission': {
      const waited = event.answer !== 'not_asked';
      const rejected = event.answer === 'reject_once' || event.answer === 'reject_always';
      return changeCall(
        work(view, index, at, (turn) => turn, waited),
        event.callId,
        (call) => ({
          ...call,
          ...(rejected ? { state: 'rejected' as const } : {}),
          ...(event.answer === 'allow_once' ? { allowed: 'once' as const } : {}),
          ...(event.answer === 'allow_always' ? { allowed: 'always' as const } : {}),
          ...(event.rule === undefined ? {} : { rule: event.rule }),
        }),
      );
    }
    case 'reviewed': {
      const step: Step = { kind: 'reviewed', files: event.files };
      return note(view, index, at, step);
    }
    case 'callEnd': {
      // A question waits for the person: that is no work.
      const waited = findCall(view, event.callId)?.name === 'ask_user';
      return changeCall(
        work(view, index, at, (turn) => turn, waited),
        event.callId,
        (call) => ({
          ...call,
          state: call.state === 'rejected' ? 'rejected' : event.ok ? 'ok' : 'failed',
          ms: event.ms,
          result: event.text,
          summary: event.summary,
        }),
      );
    }
    case 'hint':
      return work(view, index, at, (turn) => add(turn, { kind: 'hint', text: event.text }));
    case 'note':
      return note(view, index, at, { kind: 'note', text: event.text });
    case 'condensed': {
      const { upTo, summary } = event;
      const noted = note(view, index, at, { kind: 'condensed', upTo, summary });
      // By itself it is done now; in a turn the model goes on.
      return {
        ...noted,
        contextUsed: null,
        progress: null,
        running: view.running && view.turns.at(-1)?.end === undefined,
      };
    }
    case 'pruned':
      return view;
    case 'titled':
      return { ...view, title: event.title };
    case 'end': {
      const { reason, problem } = event;
      return ended(view, { index, reason, ...(problem === undefined ? {} : { problem }) }, at);
    }
  }
}

/** A session that does not run: what was open in it is over. */
export function atRest(view: SessionView): SessionView {
  const turn = view.turns.at(-1);
  if (!turn) return { ...view, running: false, reviewing: false };
  const steps = turn.steps.map((step) => closed(step, 'interrupted'));
  return {
    ...view,
    running: false,
    reviewing: false,
    progress: null,
    speed: 0,
    turns: [...view.turns.slice(0, -1), { ...turn, steps }],
  };
}
